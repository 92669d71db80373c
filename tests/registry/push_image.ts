/** The least of an append, so that the client is tested as it is used: mounts or copies, a layer, a config, a manifest. */

import { collectBytes } from "../../lib/base/collect.ts";
import type { ByteStream } from "../../lib/base/bytes.ts";
import type { BlobSource } from "../../lib/storage/blob_source.ts";
import type { Descriptor } from "../../lib/oci/descriptor.ts";
import { type Digest, digestOf } from "../../lib/oci/digest.ts";
import type { Repository } from "../../lib/storage/repository.ts";
import type { FakeRegistry } from "../fake_registry/fake_registry.ts";
import { randomBytes, testSource } from "./blob_sources.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar";

interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Puts an image with two layers into a registry. */
export async function seedImage(
  { store }: FakeRegistry,
  repository: string,
  tag: string,
): Promise<void> {
  const blob = async (mediaType: string, size: number, seed: number): Promise<Descriptor> => {
    const bytes = randomBytes(size, seed);
    return { mediaType, digest: await store.seedBlob(repository, bytes), size };
  };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: await blob(CONFIG, 300, 1),
    layers: [await blob(LAYER, 2_500, 2), await blob(LAYER, 20_000, 3)],
  };
  await store.seedManifest(repository, tag, manifest);
}

/** Appends a layer, and returns the digest of the new manifest. The tag is written last. */
export async function pushImage(
  base: Repository,
  target: Repository,
  layer: BlobSource,
  signal?: AbortSignal,
): Promise<Digest> {
  const [document, stored] = await Promise.all([
    base.getManifest("old", { signal }),
    target.putBlob(layer, { signal }),
  ]);
  const manifest: Manifest = JSON.parse(new TextDecoder().decode(document.bytes));
  if (!target.isSame(base)) {
    await Promise.all(manifest.layers.map(async (descriptor) => {
      if (await target.mountBlob(descriptor, base, { signal })) return;
      await target.putBlob(copyOf(base, descriptor, signal), { signal });
    }));
  }
  const old = await collectBytes(base.getBlob(manifest.config, { signal }));
  const config = await target.putBlob(testSource(new Uint8Array([...old, 1])), { signal });
  const next: Manifest = {
    ...manifest,
    config: { mediaType: CONFIG, digest: config.digest, size: config.size },
    layers: [...manifest.layers, { mediaType: LAYER, digest: stored.digest, size: stored.size }],
  };
  const bytes = new TextEncoder().encode(JSON.stringify(next));
  const digest = await digestOf(bytes);
  await target.putManifest("new", { bytes, digest, mediaType: MANIFEST }, { signal });
  return digest;
}

/** What is wrong with the image under a tag; undefined if it is whole. */
export async function imageFlaw(
  { store }: FakeRegistry,
  repository: string,
  tag: string,
  layer: Uint8Array,
): Promise<string | undefined> {
  const { blobs, tags, manifests } = store.repository(repository);
  const bytes = manifests.get(tags.get(tag) ?? "")?.bytes;
  if (bytes === undefined) return "there is no manifest";
  const manifest: Manifest = JSON.parse(new TextDecoder().decode(bytes));
  for (const { digest, size } of [manifest.config, ...manifest.layers]) {
    const blob = blobs.get(digest);
    if (blob === undefined) return `${digest} is missing`;
    if (blob.length !== size) return `${digest} has ${blob.length} bytes, not ${size}`;
    if (await digestOf(blob) !== digest) return `${digest} is something else`;
  }
  const last = blobs.get(manifest.layers.at(-1)?.digest ?? "");
  const isRight = last?.length === layer.length &&
    last.every((byte, index) => byte === layer[index]);
  return isRight ? undefined : "the layer is not the one that was appended";
}

function copyOf(base: Repository, descriptor: Descriptor, signal?: AbortSignal): BlobSource {
  const { digest, size } = descriptor;
  async function* open(start = 0): ByteStream {
    let skip = start;
    for await (const chunk of base.getBlob(descriptor, { signal })) {
      const rest = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - rest.length;
      if (rest.length > 0) yield rest;
    }
  }
  return { digest, size, replayable: true, open };
}
