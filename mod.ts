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
export type { Addition } from "./lib/layer/addition.ts";
export type { FilesOptions, ReadAhead } from "./lib/layer/files.ts";
export { editEntries, type EditEntriesOptions } from "./lib/layer/edit_entries.ts";
export { type FileMode, parseFileMode } from "./lib/layer/file_mode.ts";
export type { Owner } from "./lib/layer/owner.ts";
export { appendLayer, type AppendOptions } from "./lib/image/append.ts";
export { editImage } from "./lib/image/edit.ts";
export type { ChangeOptions, LayerOptions } from "./lib/image/change_image.ts";
export type { ImageResult, LayerResult } from "./lib/image/image_result.ts";
export type { AccessOptions, Progress } from "./lib/image/access.ts";
export type { Host } from "./lib/image/host.ts";
export type {
  LayerInput,
  LayerStream,
  NamedLayerInput,
  PlainLayerInput,
} from "./lib/layer/layer_input.ts";
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
export { type AddedLayer, Image } from "./lib/image/image.ts";
export type { ImageOptions, SaveOptions, SyncOptions } from "./lib/image/image_options.ts";
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
export type { Bytes, ByteStream, Transform } from "./lib/base/bytes.ts";
export type { Fetch } from "./lib/base/fetch.ts";
export type { CreateHasher, Hasher } from "./lib/base/hasher.ts";
export type { RebuiltImage } from "./lib/image/rebuild.ts";
export type { Codec, Compression, CompressOptions } from "./lib/layer/codec.ts";
export type { LocalFiles, WalkOptions } from "./lib/layer/local_files.ts";
export type { CreateSpool, Spool } from "./lib/layer/spool.ts";
export type { Directory, OpenDirectory, PendingFile } from "./lib/layout/directory.ts";
export type { ContainerConfig, HistoryEntry, ImageConfig } from "./lib/oci/config.ts";
export type { ConfigEdit, Healthcheck } from "./lib/oci/config_edit.ts";
export type { Digest } from "./lib/oci/digest.ts";
export type { ImageIndex } from "./lib/oci/index.ts";
export type { JsonObject } from "./lib/oci/json.ts";
export type { Manifest } from "./lib/oci/manifest.ts";
export type { Platform } from "./lib/oci/platform.ts";
export type {
  BlobReference,
  Document,
  PutBlobOptions,
  Repository,
  RepositoryOptions,
  StoredBlob,
} from "./lib/oci/repository.ts";
export type { Transfer } from "./lib/oci/transfer.ts";
export type { Credential, CredentialRequest, CredentialSource } from "./lib/registry/credential.ts";
export type { RegistryErrorEntry } from "./lib/registry/registry_error.ts";
export type { FileSource, SourceFile } from "./lib/layer/source_file.ts";
export type { PlacedFile } from "./lib/layer/merge_sources.ts";
export type { BlobSource } from "./lib/oci/blob_source.ts";
export type { Descriptor } from "./lib/oci/descriptor.ts";
export type { Ignore, IgnoreMatch } from "./lib/layer/ignore.ts";
export type { PaxRecord, TarEntry, TarEntryHeader, TarEntryType } from "./lib/tar/entry.ts";
export { formatReference, parseReference, type Reference } from "./lib/oci/reference.ts";
export { writeTar } from "./lib/tar/writer.ts";
export { awsCredentials, type AwsOptions } from "./lib/registry/cloud/aws.ts";
export { azureCredentials, type AzureOptions } from "./lib/registry/cloud/azure.ts";
export { googleCredentials, type GoogleOptions } from "./lib/registry/cloud/google.ts";
export type { AwsKey } from "./lib/registry/cloud/aws_signature.ts";
export type { CloudOptions } from "./lib/registry/cloud/cloud_request.ts";
export type { Delay, RegistryOptions } from "./lib/registry/registry_options.ts";
