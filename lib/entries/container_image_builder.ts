/**
 * A replacement for the library `container-image-builder`: programs that use it only have to change their import.
 *
 * @module
 */

export { auth } from "../container_image_builder/auth.ts";
export type {
  AuthConfig,
  AuthOptions,
  AuthResult,
  GoogleKey,
} from "../container_image_builder/auth_config.ts";
export {
  CustomFile,
  type CustomFileData,
  type CustomFileOptions,
  type CustomFileType,
} from "../container_image_builder/custom_file.ts";
export { type AddedLayer, Image } from "../container_image_builder/image.ts";
export type {
  ContainerSettings,
  ImageConfigData,
  ImageData,
  ImageManifest,
  Layer,
} from "../container_image_builder/image_data.ts";
export type {
  ImageOptions,
  SaveOptions,
  SyncOptions,
} from "../container_image_builder/image_options.ts";
export {
  pack,
  type PackOptions,
  type PackPaths,
  type PackTarEntry,
  type PackTarOptions,
} from "../container_image_builder/pack_files.ts";
export type { PackIgnoreOptions } from "../container_image_builder/pack_ignore.ts";
export type { ImageLocation } from "../container_image_builder/image_location.ts";
export {
  type MountOptions,
  RegistryClient,
  type TagResult,
  type UploadedManifest,
  type UploadInput,
} from "../container_image_builder/registry_client.ts";
export type { NativeBytes, NativeStream } from "../host/native_stream.ts";
export type { ForeignStream, OldStream } from "../base/foreign_stream.ts";
