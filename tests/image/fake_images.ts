/** Images in a fake registry: made by hand, and read back with every digest, size and diffId checked. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { Bytes } from "../../lib/base/bytes.ts";
import type { Descriptor } from "../../lib/oci/descriptor.ts";
import type { Digest } from "../../lib/oci/digest.ts";
import {
  configMediaType,
  type Family,
  indexMediaType,
  layerMediaType,
  manifestMediaType,
} from "../../lib/oci/media_type.ts";
import type { Platform } from "../../lib/oci/platform.ts";
import { concatBytes } from "../../lib/base/bytes.ts";
import { gzipSync } from "node:zlib";
import type { FakeStore } from "../fake_registry/store.ts";

/** A JSON object of a manifest or config. */
// deno-lint-ignore no-explicit-any -- tests look into documents freely.
export type Json = any;

/** An image that was read back. */
export interface ReadImage {
  readonly manifest: Json;
  readonly config: Json;
  readonly mediaType: string;
  /** Uncompressed. */
  readonly layers: readonly Bytes[];
}

export function sha256(bytes: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A tar archive with one file, as `tar` writes it (POSIX ustar). */
export function tarOf(path: string, content: string): Bytes {
  const data = new TextEncoder().encode(content);
  const header = new Uint8Array(512);
  const write = (offset: number, text: string): void =>
    header.set(new TextEncoder().encode(text), offset);
  write(0, path);
  write(100, "0000644\0");
  write(108, "0000000\0");
  write(116, "0000000\0");
  write(124, `${data.length.toString(8).padStart(11, "0")}\0`);
  write(136, "00000000000\0");
  write(148, "        ");
  write(156, "0");
  write(257, "ustar\x0000");
  const sum = header.reduce((total, byte) => total + byte, 0);
  write(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  const padding = new Uint8Array(Math.ceil(data.length / 512) * 512 - data.length + 1024);
  return concatBytes([header, data, padding]);
}

/** Options of {@linkcode seedImage}. */
export interface SeedOptions {
  readonly family?: Family;
  readonly platform?: Platform;
  /** Merged into the config. */
  readonly config?: Json;
  /** Merged into the manifest. */
  readonly manifest?: Json;
  readonly layerCount?: number;
  /**
   * Archives of the layers.
   *
   * @default `layerCount` of them, each with a file
   */
  readonly tars?: readonly Bytes[];
}

/** Puts an image there; its first layer holds a file that names the platform. */
export async function seedImage(
  store: FakeStore,
  repository: string,
  tag: string | undefined,
  options: SeedOptions = {},
): Promise<Descriptor> {
  const { family = "oci", platform = { os: "linux", architecture: "amd64" }, layerCount = 2 } =
    options;
  const diffIds: Digest[] = [];
  const layers: Descriptor[] = [];
  const tars = options.tars ??
    Array.from(
      { length: layerCount },
      (_, number) => tarOf(`base-${number}`, `${platform.os}/${platform.architecture}`),
    );
  for (const tar of tars) {
    const bytes = new Uint8Array(gzipSync(tar));
    diffIds.push(sha256(tar));
    layers.push({
      mediaType: layerMediaType(family, "gzip"),
      digest: await store.seedBlob(repository, bytes),
      size: bytes.length,
    });
  }
  const config = new TextEncoder().encode(JSON.stringify({
    ...platform,
    created: "2020-01-01T00:00:00Z",
    config: { Env: ["PATH=/bin"], Cmd: ["sh"] },
    rootfs: { type: "layers", diff_ids: diffIds },
    history: [
      ...diffIds.map((_, number) => ({ created_by: `step ${number}` })),
      { created_by: "CMD", empty_layer: true },
    ],
    ...options.config,
  }));
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestMediaType(family),
    config: {
      mediaType: configMediaType(family),
      digest: await store.seedBlob(repository, config),
      size: config.length,
    },
    layers,
    ...options.manifest,
  };
  const digest = await store.seedManifest(repository, tag, manifest);
  return {
    mediaType: manifest.mediaType,
    digest,
    size: new TextEncoder().encode(JSON.stringify(manifest)).length,
    platform,
  };
}

/** Puts an index there, of images for some platforms, each with an attestation as BuildKit writes them. */
export async function seedIndex(
  store: FakeStore,
  repository: string,
  tag: string,
  platforms: readonly Platform[],
  family: Family = "oci",
): Promise<{ digest: Digest; images: Descriptor[]; attestations: Descriptor[] }> {
  const images: Descriptor[] = [];
  const attestations: Descriptor[] = [];
  for (const platform of platforms) {
    const image = await seedImage(store, repository, undefined, { platform, family });
    const unknown: Platform = { os: "unknown", architecture: "unknown" };
    const attestation = await seedImage(store, repository, undefined, {
      platform: unknown,
      family,
      config: { attests: image.digest },
    });
    images.push(image);
    attestations.push({
      ...attestation,
      annotations: {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": image.digest,
      },
    });
  }
  const digest = await store.seedManifest(repository, tag, {
    schemaVersion: 2,
    mediaType: indexMediaType(family),
    manifests: [...images, ...attestations],
    annotations: { kept: "yes" },
  } as { mediaType: string });
  return { digest, images, attestations };
}

/** Puts an index of some entries into `acme/app`; the result is an entry for it. */
export async function seedIndexOf(
  store: FakeStore,
  tag: string | undefined,
  manifests: readonly Json[],
): Promise<Descriptor> {
  const mediaType = indexMediaType("oci");
  const index = { schemaVersion: 2, mediaType, manifests };
  const digest = await store.seedManifest("acme/app", tag, index);
  return { mediaType, digest, size: new TextEncoder().encode(JSON.stringify(index)).length };
}

/** Puts indexes there that are too much to be read; tells their tags and what is said of each. */
export async function seedTooMuch(
  store: FakeStore,
): Promise<(readonly [tag: string, message: RegExp])[]> {
  const image = await seedImage(store, "acme/app", undefined);
  const nested = await seedIndexOf(store, undefined, Array(2_000).fill(image));
  await seedIndexOf(store, "wide", Array(2_000).fill(nested));
  let deep = image;
  for (let level = 0; level < 6; level++) deep = await seedIndexOf(store, "deep", [deep]);
  return [
    ["wide", /its indexes list more than 5000 images/],
    ["deep", /its indexes are nested more than 4 deep/],
  ];
}

/** Puts a manifest of a type that nobody knows there, with a blob of its own. */
export async function seedUnknown(
  store: FakeStore,
  repository: string,
): Promise<{ entry: Descriptor; blob: Digest }> {
  const mediaType = "application/vnd.acme.thing.v9+json";
  const blob = await store.seedBlob(repository, new TextEncoder().encode("thing"));
  const thing = {
    mediaType,
    blobs: [{ mediaType: "text/plain", digest: blob, size: 5 }, "none"],
  };
  const digest = await store.seedManifest(repository, undefined, thing as Json);
  return { entry: { mediaType, digest, size: JSON.stringify(thing).length }, blob };
}

/** Reads a document as JSON, its digest checked. */
export function readDocument(store: FakeStore, repository: string, reference: string): Json {
  const stored = store.repository(repository).manifest(reference);
  assert.ok(stored, `${repository}:${reference} is missing`);
  assert.equal(sha256(stored.bytes), stored.digest);
  return JSON.parse(new TextDecoder().decode(stored.bytes));
}

/** Reads an image back and checks all that must hold between its manifest, config and layers. */
export function readImage(store: FakeStore, repository: string, reference: string): ReadImage {
  const stored = store.repository(repository).manifest(reference);
  const manifest = readDocument(store, repository, reference);
  assert.equal(manifest.mediaType, stored?.mediaType);
  const blob = ({ digest, size }: Descriptor): Bytes => {
    const bytes = store.repository(repository).blobs.get(digest);
    assert.ok(bytes, `blob ${digest} is missing in ${repository}`);
    assert.equal(sha256(bytes), digest);
    assert.equal(bytes.length, size);
    return bytes;
  };
  const config = JSON.parse(new TextDecoder().decode(blob(manifest.config)));
  const layers = manifest.layers.map((layer: Descriptor) => {
    const bytes = blob(layer);
    return new Uint8Array(layer.mediaType.endsWith("gzip") ? gunzipSync(bytes) : bytes);
  });
  assert.deepEqual(config.rootfs.diff_ids, layers.map(sha256));
  return { manifest, config, mediaType: manifest.mediaType, layers };
}
