/**
 * Puts files on top of a container image in the registry, without pulling it. Runs on Deno, Bun, Node, Cloudflare Workers and in
 * browsers.
 *
 * @module
 */

import "./lib/host/install.ts";

export { appendLayer, type AppendOptions } from "./lib/image/append.ts";
export { editImage } from "./lib/image/edit.ts";
export type { ChangeOptions, LayerOptions } from "./lib/image/change_image.ts";
export type { ImageResult, LayerResult } from "./lib/image/image_result.ts";
export type { AccessOptions, Progress } from "./lib/image/access.ts";
export type { Host } from "./lib/image/host.ts";
export type { LayerInput, NamedLayerInput, PlainLayerInput } from "./lib/layer/layer_input.ts";
export { LayerError } from "./lib/layer/layer_error.ts";
export { copyImage, type CopyOptions } from "./lib/image/copy.ts";
export {
  type InspectedImage,
  type InspectedLayer,
  inspectImage,
  type Inspection,
  type InspectOptions,
} from "./lib/image/inspect.ts";
export { listTags } from "./lib/image/tags.ts";
export {
  type AddedLayer,
  Image,
  type ImageOptions,
  type SaveOptions,
  type SyncOptions,
} from "./lib/image/image.ts";
export type {
  ContainerSettings,
  ImageConfigData,
  ImageData,
  ImageManifest,
  Layer,
} from "./lib/image/image_data.ts";
export {
  CustomFile,
  type CustomFileData,
  type CustomFileOptions,
  type CustomFileType,
} from "./lib/image/custom_file.ts";
export {
  pack,
  type PackOptions,
  type PackPaths,
  type PackTarOptions,
} from "./lib/image/pack_files.ts";
export type { PackIgnoreOptions } from "./lib/image/pack_ignore.ts";
export {
  type OpenRepository,
  RegistryClient,
  type TagResult,
  type UploadedManifest,
  type UploadInput,
} from "./lib/image/registry_client.ts";
export type { NativeStream } from "./lib/image/native_types.ts";
export { auth } from "./lib/image/auth.ts";
export type { AuthConfig, AuthOptions, AuthResult, GoogleKey } from "./lib/image/auth_config.ts";
export { RegistryError } from "./lib/registry/registry_error.ts";
export { AuthError } from "./lib/registry/auth_error.ts";
export { DigestMismatchError } from "./lib/oci/digest_mismatch_error.ts";
