/**
 * Puts files on top of a container image in the registry, without pulling it. Runs on Deno, Bun, Node, Cloudflare Workers and in
 * browsers.
 *
 * @module
 */

export {
  addFiles,
  type AddFilesOptions,
  type Environment,
  nodeHost,
  type NodeHostOptions,
  type TlsOptions,
} from "./lib/host/install.ts";
export type { Addition } from "./lib/layer/files/addition.ts";
export type { FilesOptions, ReadAhead } from "./lib/layer/files/files.ts";
export { editEntries, type EditEntriesOptions } from "./lib/layer/edit_entries.ts";
export { type FileMode, parseFileMode } from "./lib/layer/files/file_mode.ts";
export type { Owner } from "./lib/layer/files/owner.ts";
export { appendLayer, type AppendOptions } from "./lib/image/verbs/append.ts";
export { editImage } from "./lib/image/verbs/edit.ts";
export type { ChangeOptions, LayerOptions } from "./lib/image/verbs/change_image.ts";
export type { ImageResult, LayerResult } from "./lib/image/verbs/image_result.ts";
export type { AccessOptions, Progress } from "./lib/image/access/access.ts";
export type { Host } from "./lib/image/access/host.ts";
export type {
  LayerInput,
  LayerStream,
  NamedLayerInput,
  PlainLayerInput,
} from "./lib/layer/layer_input.ts";
export { LayerError } from "./lib/layer/layer_error.ts";
export { copyImage, type CopyOptions } from "./lib/image/verbs/copy.ts";
export {
  type InspectedImage,
  type InspectedLayer,
  inspectImage,
  type Inspection,
  type InspectOptions,
} from "./lib/image/verbs/inspect.ts";
export { listTags } from "./lib/image/verbs/list_tags.ts";
export { resolveDigest, type ResolveDigestOptions } from "./lib/image/verbs/resolve_digest.ts";
export { type AddedLayer, Image } from "./lib/container_image_builder/image.ts";
export type {
  ImageOptions,
  SaveOptions,
  SyncOptions,
} from "./lib/container_image_builder/image_options.ts";
export type {
  ContainerSettings,
  ImageConfigData,
  ImageData,
  ImageManifest,
  Layer,
} from "./lib/container_image_builder/image_data.ts";
export {
  CustomFile,
  type CustomFileData,
  type CustomFileOptions,
  type CustomFileType,
} from "./lib/container_image_builder/custom_file.ts";
export {
  pack,
  type PackOptions,
  type PackPaths,
  type PackTarEntry,
  type PackTarOptions,
} from "./lib/container_image_builder/pack_files.ts";
export type { PackIgnoreOptions } from "./lib/container_image_builder/pack_ignore.ts";
export {
  type OpenRepository,
  RegistryClient,
  type TagResult,
  type UploadedManifest,
  type UploadInput,
} from "./lib/container_image_builder/registry_client.ts";
export type { NativeStream } from "./lib/container_image_builder/native_types.ts";
export { auth } from "./lib/container_image_builder/auth.ts";
export type {
  AuthConfig,
  AuthOptions,
  AuthResult,
  GoogleKey,
} from "./lib/container_image_builder/auth_config.ts";
export { RegistryError } from "./lib/registry/http/registry_error.ts";
export { AuthError } from "./lib/registry/auth/auth_error.ts";
export { DigestMismatchError } from "./lib/storage/digest_mismatch_error.ts";
export type { Bytes, ByteStream, Transform } from "./lib/base/bytes.ts";
export type { Fetch } from "./lib/base/fetch.ts";
export type { CreateHasher, Hasher } from "./lib/base/hash/hasher.ts";
export type { ChangedImage } from "./lib/image/build/update_image.ts";
export type { Codec, Compression, CompressOptions } from "./lib/layer/compression/codec.ts";
export type { LocalFiles, WalkOptions } from "./lib/layer/files/local_files.ts";
export type { CreateSpool, Spool } from "./lib/storage/spool.ts";
export type { Directory, OpenDirectory, PendingFile } from "./lib/layout/directory.ts";
export type { ContainerConfig, HistoryEntry, ImageConfig } from "./lib/oci/config.ts";
export type { ConfigEdit, Healthcheck } from "./lib/oci/config_edit.ts";
export type { Digest } from "./lib/oci/digest.ts";
export type { ImageIndex } from "./lib/oci/image_index.ts";
export type { JsonObject } from "./lib/oci/json.ts";
export type { Manifest } from "./lib/oci/manifest.ts";
export type { Platform } from "./lib/oci/platform.ts";
export type { BlobReference, Document } from "./lib/oci/blob_reference.ts";
export type {
  PutBlobOptions,
  Repository,
  RepositoryOptions,
  StoredBlob,
} from "./lib/storage/repository.ts";
export type { Transfer } from "./lib/storage/transfer.ts";
export type {
  Credential,
  CredentialRequest,
  CredentialSource,
} from "./lib/registry/auth/credential.ts";
export type { RegistryErrorEntry } from "./lib/registry/http/registry_error.ts";
export type { FileSource, SourceFile } from "./lib/layer/files/source_file.ts";
export type { PlacedFile } from "./lib/layer/files/merge_sources.ts";
export type { BlobSource } from "./lib/storage/blob_source.ts";
export type { Descriptor } from "./lib/oci/descriptor.ts";
export type { Ignore, IgnoreMatch } from "./lib/layer/files/ignore.ts";
export type { PaxRecord, TarEntry, TarEntryHeader, TarEntryType } from "./lib/tar/entry.ts";
export { formatReference, parseReference, type Reference } from "./lib/oci/reference.ts";
export { writeTar } from "./lib/tar/writer.ts";
export { awsCredentials, type AwsOptions } from "./lib/registry/cloud/aws.ts";
export { azureCredentials, type AzureOptions } from "./lib/registry/cloud/azure.ts";
export { googleCredentials, type GoogleOptions } from "./lib/registry/cloud/google.ts";
export type { AwsKey } from "./lib/registry/cloud/aws_signature.ts";
export type { CloudOptions } from "./lib/registry/cloud/cloud_request.ts";
export type { Delay, RegistryOptions } from "./lib/registry/registry_options.ts";

// `deno run jsr:@x/appendlayer` runs the command. In a bundle both questions are about the bundle, which has another name; and no
// bundler follows a specifier that is made here, so that no bundle holds the command.
if ((import.meta as { readonly main?: boolean }).main && import.meta.url.endsWith("/mod.ts")) {
  const cli = import.meta.url.replace(/mod\.ts$/, "cli.ts");
  import(/* webpackIgnore: true */ /* @vite-ignore */ cli).then(({ run }) => run());
}
