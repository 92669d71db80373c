/** Reads an image back and checks everything that must hold of it, by code that shares nothing with the product. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { digestOf, type ImageStore } from "./image_store.ts";

/** One image as it was read back. */
export interface CheckedImage {
  /** The manifest's digest. */
  readonly digest: string;
  readonly mediaType: string;
  // deno-lint-ignore no-explicit-any -- a test looks wherever it likes
  readonly manifest: any;
  // deno-lint-ignore no-explicit-any -- as above
  readonly config: any;
  /** Each layer, decompressed. */
  readonly layers: readonly Uint8Array[];
}

/** An index as it was read back, or the single image as an index of one. */
export interface CheckedIndex {
  readonly digest: string;
  readonly mediaType: string;
  // deno-lint-ignore no-explicit-any -- as above
  readonly index?: any;
  readonly images: readonly CheckedImage[];
}

/**
 * Checks an image, or every image of an index: digests and sizes of all descriptors, `diff_ids` against the decompressed
 * layers, as many history entries as layers, one media-type family throughout.
 */
export async function checkImage(store: ImageStore, reference: string): Promise<CheckedIndex> {
  const { bytes, mediaType } = await store.getManifest(reference);
  const digest = digestOf(bytes);
  if (reference.startsWith("sha256:")) assert.equal(digest, reference);
  const document = JSON.parse(new TextDecoder().decode(bytes));
  assert.equal(document.mediaType, mediaType);
  if (document.manifests === undefined) {
    return { digest, mediaType, images: [await checkManifest(store, digest)] };
  }
  const images: CheckedImage[] = [];
  for (const descriptor of document.manifests) {
    const child = await store.getManifest(descriptor.digest);
    assert.equal(child.bytes.length, descriptor.size);
    assert.equal(child.mediaType, descriptor.mediaType);
    if (descriptor.platform?.os === "unknown") continue;
    const image = await checkManifest(store, descriptor.digest);
    assert.equal(image.config.architecture, descriptor.platform.architecture);
    images.push(image);
  }
  return { digest, mediaType, index: document, images };
}

async function checkManifest(store: ImageStore, reference: string): Promise<CheckedImage> {
  const { bytes, mediaType } = await store.getManifest(reference);
  const digest = digestOf(bytes);
  assert.equal(digest, reference);
  const manifest = JSON.parse(new TextDecoder().decode(bytes));
  assert.equal(manifest.mediaType, mediaType);
  const read = async (
    descriptor: { digest: string; size: number },
  ): Promise<Uint8Array<ArrayBuffer>> => {
    const blob = await store.getBlob(descriptor.digest);
    assert.equal(blob.length, descriptor.size);
    assert.equal(digestOf(blob), descriptor.digest);
    return blob;
  };
  const config = JSON.parse(new TextDecoder().decode(await read(manifest.config)));
  const layers: Uint8Array[] = [];
  for (const descriptor of manifest.layers) {
    layers.push(await decompress(await read(descriptor), descriptor.mediaType));
  }
  assert.deepEqual(config.rootfs.diff_ids, layers.map(digestOf));
  const entries = config.history?.filter((entry: { empty_layer?: boolean }) => !entry.empty_layer);
  if (entries !== undefined) assert.equal(entries.length, layers.length, "history and layers");
  const docker = mediaType.startsWith("application/vnd.docker.");
  for (const part of [manifest.config, ...manifest.layers]) {
    assert.equal(part.mediaType.startsWith("application/vnd.docker."), docker, part.mediaType);
  }
  return { digest, mediaType, manifest, config, layers };
}

async function decompress(
  blob: Uint8Array<ArrayBuffer>,
  mediaType: string,
): Promise<Uint8Array> {
  if (/[+.]gzip$/.test(mediaType)) return gunzipSync(blob);
  if (/[+.]zstd$/.test(mediaType)) {
    const { zstdDecompressSync } = await import("node:zlib");
    // Node's function stops behind a skippable frame (RFC 8878, 3.1.2).
    const view = new DataView(blob.buffer, blob.byteOffset);
    const isSkippable = (view.getUint32(0, true) & 0xfffffff0) >>> 0 === 0x184d2a50;
    return zstdDecompressSync(isSkippable ? blob.subarray(8 + view.getUint32(4, true)) : blob);
  }
  return blob;
}

/** The files of a layer by path, each with its content's hash: read by our own eyes from the tar's headers. */
export function listLayer(layer: Uint8Array): Map<string, string> {
  const text = new TextDecoder();
  const files = new Map<string, string>();
  const field = (offset: number, length: number): string =>
    text.decode(layer.subarray(offset, offset + length)).replace(/\0.*$/s, "");
  for (let offset = 0; offset < layer.length && layer[offset] !== 0;) {
    const size = parseInt(field(offset + 124, 12).trim() || "0", 8);
    const body = layer.subarray(offset + 512, offset + 512 + size);
    files.set(
      field(offset, 100).replace(/^\.\//, ""),
      createHash("sha256").update(body).digest("hex"),
    );
    offset += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
