/** The members of image archives, in an order that suits readers of streams: documents come before the blobs that they name. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { blobPath } from "../layout/layout_files.ts";
import {
  CONTAINERD_NAME,
  EMPTY_LAYOUT_INDEX,
  formatLayoutIndex,
  tagInLayout,
} from "../layout/layout_index.ts";
import type { Document } from "../oci/blob_reference.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { describeDocument, parseDocument } from "../oci/document.ts";
import { formatJson } from "../oci/json.ts";
import type { Manifest } from "../oci/manifest.ts";
import { formatFamiliarReference, formatReference, type Reference } from "../oci/reference.ts";
import type { TarEntry } from "../tar/entry.ts";
import { type DockerImage, formatDockerManifest } from "./docker_manifest.ts";
import type { StagedBlob, StagedImages } from "./staged_images.ts";

const LAYOUT_VERSION = formatJson({ imageLayoutVersion: "1.0.0" });

/** Options of the members. */
export interface ArchiveEntriesOptions {
  /** What messages call the archive. */
  readonly name: string;
  /** The repository of the tags; absent if images have no names. */
  readonly repository?: Pick<Reference, "registry" | "repository"> | undefined;
  /**
   * Whether a blob is left out, since the engine has it.
   *
   * @default no blob is left out
   */
  readonly isLeftOut?: ((blob: Descriptor) => boolean) | undefined;
  /**
   * Whether the archive is for an engine: only in Docker's format, or only a layout with whole names, which engines require if blobs
   * are left out.
   *
   * @default {false}
   */
  readonly isForEngine?: boolean | undefined;
}

/**
 * The members of an OCI archive.
 *
 * @throws {RangeError} if different images have one name.
 */
export function* ociArchiveEntries(
  staged: StagedImages,
  { repository, isLeftOut = () => false, isForEngine = false }: Omit<ArchiveEntriesOptions, "name">,
): Iterable<TarEntry> {
  yield* layoutEntries(staged, repository, isForEngine);
  for (const [, document] of staged.documents) {
    yield member(blobPath(document.digest), document.bytes);
  }
  for (const [, blob] of staged.blobs) {
    if (!isLeftOut({ mediaType: "", digest: blob.digest, size: blob.size })) yield blobMember(blob);
  }
}

/**
 * The members of a Docker archive, in the format of Docker 25 and later, which is an OCI archive too.
 *
 * @throws {RangeError} if an index was put, or a blob of an image is missing.
 */
export function* dockerArchiveEntries(
  staged: StagedImages,
  options: ArchiveEntriesOptions,
): Iterable<TarEntry> {
  const { repository, isLeftOut = () => false, isForEngine = false } = options;
  const images = stagedManifests(staged, options.name);
  const needed = new Map<Digest, StagedBlob>();
  const list = images.map(({ document, manifest }): DockerImage => {
    for (const blob of [manifest.config, ...manifest.layers]) {
      if (isLeftOut(blob)) continue;
      needed.set(blob.digest, requireBlob(blob, staged, options.name));
    }
    const tags = [...staged.tags].filter(([, digest]) => digest === document.digest);
    return {
      config: blobPath(manifest.config.digest),
      names: repository === undefined
        ? []
        : tags.map(([tag]) => formatFamiliarReference({ ...repository, tag })),
      layers: manifest.layers.map(({ digest }) => blobPath(digest)),
    };
  });
  yield member("manifest.json", formatDockerManifest(list));
  if (!isForEngine) {
    yield* layoutEntries(staged, repository, false);
    for (const { document } of images) yield member(blobPath(document.digest), document.bytes);
  }
  for (const blob of needed.values()) yield blobMember(blob);
}

/** An image that was put under a name, or else under its digest. */
export interface StagedManifest {
  readonly document: Document;
  readonly manifest: Manifest;
}

/**
 * The images that were put.
 *
 * @throws {RangeError} if one is an index.
 */
export function stagedManifests(staged: StagedImages, name: string): readonly StagedManifest[] {
  return [...staged.documents.values()].map((document) => {
    const parsed = parseDocument(document);
    if (parsed.kind === "manifest") return { document, manifest: parsed.manifest };
    throw new RangeError(
      `Cannot write an index to "${name}": it holds single images; name one platform`,
    );
  });
}

function* layoutEntries(
  { documents, tags }: StagedImages,
  repository: ArchiveEntriesOptions["repository"],
  withWholeNames: boolean,
): Iterable<TarEntry> {
  let index = EMPTY_LAYOUT_INDEX;
  for (const [tag, digest] of tags) {
    const document = documents.get(digest);
    if (document === undefined) continue;
    const image = describeDocument(document);
    if (tag === "") {
      index = { ...index, manifests: [...index.manifests, image] };
      continue;
    }
    const full = repository && formatReference({ ...repository, tag });
    index = tagInLayout(index, withWholeNames ? full ?? tag : tag, image);
    if (full === undefined) continue;
    const last = index.manifests.at(-1);
    if (last === undefined) continue;
    const annotations = { [CONTAINERD_NAME]: full, ...last.annotations };
    index = { ...index, manifests: [...index.manifests.slice(0, -1), { ...last, annotations }] };
  }
  yield member("oci-layout", LAYOUT_VERSION);
  yield member("index.json", formatLayoutIndex(index));
}

function requireBlob(
  { digest }: Descriptor,
  { blobs }: StagedImages,
  name: string,
): StagedBlob {
  const blob = blobs.get(digest);
  if (blob !== undefined) return blob;
  throw new RangeError(
    `Cannot write to "${name}": the blob "${digest}" is not kept where the image comes from`,
  );
}

function blobMember({ digest, size, open }: StagedBlob): TarEntry {
  return fileEntry(blobPath(digest), size, open());
}

function member(path: string, content: Bytes): TarEntry {
  return fileEntry(path, content.length, content);
}

function fileEntry(path: string, size: number, content: Bytes | ByteStream): TarEntry {
  return { path, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size, content };
}
