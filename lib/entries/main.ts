/** The main entry of the library. `mod.ts` exports it, and is also the command's program. */

import { withDefaultHost } from "../host/default_host.ts";
import type { AccessOptions } from "../image/access/access.ts";
import { exportFiles as exportAll, type ExportOptions } from "../image/verbs/export.ts";
import { appendLayer as append, type AppendOptions } from "../image/verbs/append.ts";
import type { ChangeOptions } from "../image/verbs/change_options.ts";
import { copyImage as copy, type CopyOptions } from "../image/verbs/copy.ts";
import {
  deleteImage as remove,
  type DeleteOptions,
  type DeleteResult,
} from "../image/verbs/delete.ts";
import { copyTags as copyAll, type CopyTagsOptions } from "../image/verbs/copy_tags.ts";
import { diffImages as diff, type ImageDifference } from "../image/verbs/diff.ts";
import { editImage as edit } from "../image/verbs/edit.ts";
import type { ImageResult } from "../image/verbs/image_result.ts";
import {
  inspectImage as inspect,
  type Inspection,
  type InspectOptions,
} from "../image/verbs/inspect.ts";
import { listTags as list } from "../image/verbs/list_tags.ts";
import { type IndexOptions, makeIndex as join } from "../image/verbs/make_index.ts";
import { rebaseImage as rebase, type RebaseOptions } from "../image/verbs/rebase.ts";
import {
  resolveDigest as resolve,
  type ResolveDigestOptions,
} from "../image/verbs/resolve_digest.ts";
import { tagImage as tag, type TagOptions, type TagResult } from "../image/verbs/tag.ts";
import type { ByteStream } from "../base/bytes.ts";
import type { Digest } from "../oci/digest.ts";

export type { Bytes, ByteStream, Transform } from "../base/bytes.ts";
export type { Finding, Hint } from "../base/hint.ts";
export type { AccessOptions } from "../image/access/access.ts";
export type { Progress } from "../image/access/transfer_progress.ts";
export type { StrictOptions } from "../image/access/strict.ts";
export type { BaseLayerRead } from "../image/update/base_alignment.ts";
export type { ChangedImage } from "../image/update/update_image.ts";
export type { AppendOptions } from "../image/verbs/append.ts";
export type { ChangeOptions, LayerOptions } from "../image/verbs/change_options.ts";
export type { CopyOptions } from "../image/verbs/copy.ts";
export type { CopyTagsOptions } from "../image/verbs/copy_tags.ts";
export type { RebaseOptions } from "../image/verbs/rebase.ts";
export type { IndexOptions } from "../image/verbs/make_index.ts";
export type { DeleteOptions, DeleteResult } from "../image/verbs/delete.ts";
export type { ImageResult, LayerResult } from "../image/verbs/image_result.ts";
export type {
  InspectedImage,
  InspectedLayer,
  Inspection,
  InspectOptions,
} from "../image/verbs/inspect.ts";
export type { ImageDifference } from "../image/verbs/diff.ts";
export type { ResolveDigestOptions } from "../image/verbs/resolve_digest.ts";
export type { TagOptions, TagResult } from "../image/verbs/tag.ts";
export type { Compression, LayerFormat } from "../layer/compression/codec.ts";
export type { Repair, RepairKind } from "../layer/repair.ts";
export { LayerError } from "../layer/layer_error.ts";
export type {
  LayerInput,
  LayerStream,
  NamedLayerInput,
  PlainLayerInput,
} from "../layer/layer_input.ts";
export type { ContainerConfig, HistoryEntry, ImageConfig } from "../oci/config.ts";
export type { ExportOptions } from "../image/verbs/export.ts";
export type { ConfigEdit, Healthcheck } from "../oci/config_edit.ts";
export type { Descriptor } from "../oci/descriptor.ts";
export type { Digest } from "../oci/digest.ts";
export type { ImageIndex } from "../oci/image_index.ts";
export type { JsonObject } from "../oci/json.ts";
export type { Manifest } from "../oci/manifest.ts";
export type { Platform } from "../oci/platform.ts";
export { formatReference, parseReference, type Reference } from "../oci/reference.ts";
export { AuthError } from "../registry/auth/auth_error.ts";
export type {
  Credential,
  CredentialRequest,
  CredentialSource,
} from "../registry/auth/credential.ts";
export { RegistryError, type RegistryErrorEntry } from "../registry/http/registry_error.ts";
export { DigestMismatchError } from "../storage/digest_mismatch_error.ts";
export { NotFoundError } from "../storage/not_found_error.ts";
export type { Transfer } from "../storage/transfer.ts";
export type { BaseQuestions, ReadBase } from "../layer/base/base_questions.ts";
export { type Warning, type WarningCode, WarningError } from "../storage/warning.ts";

/**
 * Puts layers on top of an image and writes the result under a name, without pulling the image: only the layers, a new config and a
 * new manifest are sent. Every image of an index gets the layers, which are sent once.
 *
 * @example
 * ```ts
 * import { appendLayer } from "@x/appendlayer";
 * import { addFiles } from "@x/appendlayer/files";
 *
 * // Elsewhere: "nginx:1" and "ghcr.io/acme/site:7", and a tar from anywhere as a layer.
 * const { digest } = await appendLayer("scratch", "oci:append:7", {
 *   layers: [addFiles({ additions: [{ source: "site", destination: "/srv" }] })],
 *   env: { MODE: "production" },
 *   credentials: { "ghcr.io": { username: "acme", password: "…" } },
 * });
 * ```
 * @param base A reference, `oci:DIR[:TAG]` or `scratch`.
 * @param target A reference or `oci:DIR[:TAG]`; its tag is `latest` by default. It is written last, so that a failure at any
 *     point leaves it as it was.
 * @throws {TypeError} if there is no layer, or a variable's name, a port or the working directory is invalid.
 * @throws {SyntaxError} if a location, tag or platform cannot be parsed, or a document of the base is invalid.
 * @throws {RangeError} if the base has no image for a wanted platform.
 * @throws {LayerError} if a layer is not a tar archive.
 * @throws {NotFoundError} if an image, or a part of one, does not exist.
 * @throws {RegistryError} if a registry refuses or fails.
 * @throws {AuthError} if a registry or token service does not accept the credentials.
 */
export async function appendLayer(
  base: string,
  target: string,
  options: AppendOptions,
): Promise<ImageResult> {
  return await append(base, target, await withDefaultHost(options));
}

/**
 * Changes an image's config and annotations, in every image of an index, and writes the result under a name.
 *
 * @example
 * ```ts
 * import { editImage } from "@x/appendlayer";
 *
 * await editImage("scratch", "oci:edit:7", { cmd: ["serve"], labels: { old: "1" } });
 * await editImage("oci:edit:7", "oci:edit:8", { labels: { old: null } });
 * ```
 * @param base A reference, `oci:DIR[:TAG]` or `scratch`.
 * @param target A reference or `oci:DIR[:TAG]`, written last.
 * @throws as {@linkcode appendLayer} does.
 */
export async function editImage(
  base: string,
  target: string,
  options: ChangeOptions,
): Promise<ImageResult> {
  return await edit(base, target, await withDefaultHost(options));
}

/**
 * Copies an image, or an index with everything that it lists, byte for byte. Within a registry blobs are mounted; else those that the
 * target lacks are streamed across, several at a time. The urls of foreign layers are never fetched.
 *
 * @example
 * ```ts
 * import { copyImage, editImage } from "@x/appendlayer";
 *
 * await editImage("scratch", "oci:copy:7", { cmd: ["serve"] });
 * await copyImage("oci:copy:7", "oci:backup:7", { referrers: true });
 * ```
 * @param source A reference or `oci:DIR[:TAG]`.
 * @param target A reference or `oci:DIR[:TAG]`; its tag is `latest` by default. It is written last.
 * @throws {SyntaxError} if a location, tag or platform cannot be parsed, or a document of the source is invalid.
 * @throws {RangeError} if the source has no image for a wanted platform.
 * @throws {NotFoundError} if an image, or a part of one, does not exist.
 * @throws {RegistryError} if a registry refuses or fails.
 * @throws {AuthError} if a registry or token service does not accept the credentials.
 */
export async function copyImage(
  source: string,
  target: string,
  options: CopyOptions = {},
): Promise<ImageResult> {
  return await copy(source, target, await withDefaultHost(options));
}

/**
 * Copies every tag of a repository, as {@linkcode copyImage} copies one. Blobs and manifests that they share are copied once. With
 * `noClobber`, tags that name another image in the target are left alone, with a warning, and are not in the result.
 *
 * @example
 * ```ts
 * import { copyTags, editImage } from "@x/appendlayer";
 *
 * await editImage("scratch", "oci:tags:7", { cmd: ["serve"], tags: ["latest"] });
 * const copies = await copyTags("oci:tags", "oci:backup-of-tags");
 * console.log(copies.length); // 2
 * ```
 * @param source A repository or `oci:DIR`; a tag or digest is ignored.
 * @param target A repository or `oci:DIR`; a tag or digest is ignored.
 * @throws as {@linkcode copyImage} does; tags that were copied by then stay.
 */
export async function copyTags(
  source: string,
  target: string,
  options: CopyTagsOptions = {},
): Promise<readonly ImageResult[]> {
  return await copyAll(source, target, await withDefaultHost(options));
}

/**
 * Joins images and indexes into one index. The platform of each image is that of its entry in an index, or else that of its config.
 * Images that are not in the target's repository are copied there. An image that is given twice is listed once.
 *
 * @example
 * ```ts
 * import { editImage, makeIndex } from "@x/appendlayer";
 *
 * for (const architecture of ["amd64", "arm64"]) {
 *   const platforms = [`linux/${architecture}`];
 *   await editImage("scratch", `oci:index:7-${architecture}`, { platforms, cmd: ["/app"] });
 * }
 * await makeIndex("oci:index:7", ["oci:index:7-amd64", "oci:index:7-arm64"]);
 * ```
 * @param target A reference or `oci:DIR[:TAG]`, written last.
 * @param images References or `oci:DIR[:TAG]`, in the order of the index.
 * @throws {TypeError} if there is no image.
 * @throws {RangeError} if two of them are for one platform.
 * @throws as {@linkcode copyImage} does.
 */
export async function makeIndex(
  target: string,
  images: readonly string[],
  options: IndexOptions = {},
): Promise<ImageResult> {
  return await join(target, images, await withDefaultHost(options));
}

/**
 * Moves an image from its old base to a new one: the layers that it adds, none of which is downloaded within a registry, and its
 * settings, which are merged field by field. Every image of an index is rebased.
 *
 * @example
 * ```ts
 * import { editImage, rebaseImage } from "@x/appendlayer";
 *
 * await editImage("scratch", "oci:rebase:base-1", { env: { VERSION: "1" } });
 * await editImage("scratch", "oci:rebase:base-2", { env: { VERSION: "2" } });
 * await editImage("oci:rebase:base-1", "oci:rebase:app", { cmd: ["serve"] });
 * await rebaseImage("oci:rebase:app", "oci:rebase:app", {
 *   onto: "oci:rebase:base-2",
 *   from: "oci:rebase:base-1", // an image that came from a registry says so itself
 * });
 * ```
 * @param image A reference or `oci:DIR[:TAG]`.
 * @param target A reference or `oci:DIR[:TAG]`, written last.
 * @throws {SyntaxError} if a location cannot be parsed, a document is invalid, or the image does not name its old base and `from` does not.
 * @throws {RangeError} if the image's first layers are not those of its old base, or a base has no image for one of its platforms.
 * @throws {NotFoundError} if an image, or a part of one, does not exist.
 * @throws {RegistryError} if a registry refuses or fails.
 * @throws {AuthError} if a registry or token service does not accept the credentials.
 */
export async function rebaseImage(
  image: string,
  target: string,
  options: RebaseOptions,
): Promise<ImageResult> {
  return await rebase(image, target, await withDefaultHost(options));
}

/**
 * Reads an image's manifest and config, or those of all images of an index. No layer is read. Numbers beyond JavaScript's precision are
 * rounded.
 *
 * @example
 * ```ts
 * import { editImage, inspectImage } from "@x/appendlayer";
 *
 * await editImage("scratch", "oci:inspect:7", { env: { MODE: "production" } });
 * const { images } = await inspectImage("oci:inspect:7");
 * console.log(images[0]?.config?.config?.Env); // [ "MODE=production" ]
 * ```
 * @param image A reference or `oci:DIR[:TAG]`.
 * @throws {SyntaxError} if the location or a platform cannot be parsed, or a document is invalid.
 * @throws {RangeError} if there is no image for a wanted platform, or indexes list too much or are nested too deep.
 * @throws {NotFoundError} if an image, or a part of one, does not exist.
 * @throws {RegistryError} if a registry refuses or fails.
 * @throws {AuthError} if a registry or token service does not accept the credentials.
 */
export async function inspectImage(
  image: string,
  options: InspectOptions = {},
): Promise<Inspection> {
  return await inspect(image, await withDefaultHost(options));
}

/**
 * Compares two images, or all images of two indexes, by their manifests and configs. No layer is read: layers are compared by digest.
 *
 * @example
 * ```ts
 * import { diffImages, editImage } from "@x/appendlayer";
 *
 * await editImage("scratch", "oci:diff:7", { env: { MODE: "test" } });
 * await editImage("oci:diff:7", "oci:diff:8", { env: { MODE: "production" } });
 * const { images } = await diffImages("oci:diff:7", "oci:diff:8");
 * console.log(images[0]?.fields.map(({ field }) => field)); // [ "created", "Env.MODE" ]
 * ```
 * @param one A reference or `oci:DIR[:TAG]`.
 * @param other The same.
 * @throws as {@linkcode inspectImage} does.
 */
export async function diffImages(
  one: string,
  other: string,
  options: InspectOptions = {},
): Promise<ImageDifference> {
  return await diff(one, other, await withDefaultHost(options));
}

/**
 * Lists all tags of a repository. Each page is yielded as soon as it was read.
 *
 * @example
 * ```ts
 * import { editImage, listTags } from "@x/appendlayer";
 *
 * await editImage("scratch", "oci:list:7", { cmd: ["serve"], tags: ["latest"] });
 * for await (const tag of listTags("oci:list")) console.log(tag);
 * ```
 * @param repository A repository, or `oci:DIR`; a tag or digest is ignored.
 * @throws {SyntaxError} if the repository cannot be parsed.
 * @throws {NotFoundError} if an image, or a part of one, does not exist.
 * @throws {RegistryError} if the registry refuses or fails.
 * @throws {AuthError} if the registry or its token service does not accept the credentials.
 */
export async function* listTags(
  repository: string,
  options: AccessOptions = {},
): AsyncIterable<string> {
  yield* list(repository, await withDefaultHost(options));
}

/**
 * Finds the digest of the image or index that a reference names now. A registry is asked by one HEAD request; the manifest is only read
 * if the answer has no digest, or a platform is wanted.
 *
 * @param reference A reference or `oci:DIR[:TAG]`.
 * @throws {SyntaxError} if the reference or the platform cannot be parsed, or a document is invalid.
 * @throws {RangeError} if there is no image for the platform, or more than one, or indexes list too much or are nested too deep.
 * @throws {NotFoundError} if an image, or a part of one, does not exist.
 * @throws {RegistryError} if a registry refuses or fails.
 * @throws {AuthError} if a registry or token service does not accept the credentials.
 * @example
 * ```ts
 * import { editImage, resolveDigest } from "@x/appendlayer";
 *
 * await editImage("scratch", "oci:digest:7", { cmd: ["serve"] });
 * console.log(await resolveDigest("oci:digest:7")); // sha256:…
 * ```
 */
export async function resolveDigest(
  reference: string,
  options: ResolveDigestOptions = {},
): Promise<Digest> {
  return await resolve(reference, await withDefaultHost(options));
}

/**
 * Points tags at an image or an index of the same repository.
 *
 * @example
 * ```ts
 * import { editImage, tagImage } from "@x/appendlayer";
 *
 * await editImage("scratch", "oci:tag:7", { cmd: ["serve"] });
 * await tagImage("oci:tag:7", ["stable", "latest"]);
 * ```
 * @param reference A reference or `oci:DIR[:TAG]`.
 * @param tags The tags, which are written in this order.
 * @throws {TypeError} if there is no tag.
 * @throws {SyntaxError} if the reference or a tag cannot be parsed.
 * @throws {NotFoundError} if an image, or a part of one, does not exist.
 * @throws {RegistryError} if a registry refuses or fails.
 * @throws {AuthError} if a registry or token service does not accept the credentials.
 */
export async function tagImage(
  reference: string,
  tags: readonly string[],
  options: TagOptions = {},
): Promise<TagResult> {
  return await tag(reference, tags, await withDefaultHost(options));
}

/**
 * Deletes a tag, or an image by its digest, with all tags that point at it. For a tag, the image is never deleted by its digest: a
 * registry that cannot delete tags refuses, and the `RegistryError` has the hint `delete-by-digest`. In a layout, blobs stay.
 *
 * @example
 * ```ts
 * import { deleteImage, editImage } from "@x/appendlayer";
 *
 * await editImage("scratch", "oci:delete:7-test", { cmd: ["serve"] });
 * await deleteImage("oci:delete:7-test");
 * ```
 * @param reference A reference or `oci:DIR`, with a tag or a digest.
 * @throws {SyntaxError} if the reference cannot be parsed, or names no tag or digest, or both.
 * @throws {NotFoundError} if an image, or a part of one, does not exist.
 * @throws {RegistryError} if a registry refuses or fails.
 * @throws {AuthError} if a registry or token service does not accept the credentials.
 */
export async function deleteImage(
  reference: string,
  options: DeleteOptions = {},
): Promise<DeleteResult> {
  return await remove(reference, await withDefaultHost(options));
}

/**
 * Exports the files of an image as a tar, merged as an engine merges layers: whiteouts and opaque directories are applied, and links in
 * parent directories are followed. Nothing is written except to the stream that is returned.
 *
 * @param image A reference or another location.
 * @returns a tar; with `as`, the content of one file, or the paths, one per line.
 * @throws {SyntaxError} if the image or the platform cannot be parsed, or a document is invalid.
 * @throws {RangeError} if there are several images and no platform is wanted.
 * @throws {LayerError} if a layer is not one that an engine unpacks.
 * @throws {NotFoundError} if an image, or a part of one, does not exist.
 * @throws {RegistryError} if a registry refuses or fails.
 * @example
 * ```ts
 * import { appendLayer, exportFiles } from "@x/appendlayer";
 * import { addFiles } from "@x/appendlayer/files";
 *
 * const layers = [addFiles({ additions: [{ source: "site", destination: "/srv" }] })];
 * await appendLayer("scratch", "oci:export:7", { layers });
 * const chunks: Uint8Array[] = [];
 * const page = exportFiles("oci:export:7", { paths: ["/srv/index.html"], as: "file" });
 * for await (const chunk of page) chunks.push(chunk);
 * ```
 */
export async function* exportFiles(image: string, options: ExportOptions = {}): ByteStream {
  yield* exportAll(image, await withDefaultHost(options));
}
