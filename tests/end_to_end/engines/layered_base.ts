/** Bases made of layers that a test gives. */

import { copyFile, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tarOf } from "../base_image.ts";
import { digestOf, type ImageStore } from "../image_store.ts";
import { exec } from "../program.ts";
import { withDirectory } from "../scratch.ts";

const PREFIX = "application/vnd.oci.image";

/** What a base is, beside its layers. */
export interface LayeredBaseOptions {
  /** `config` of the image's config. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Fields beside `config`, as `os`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A file system that can run a shell. */
export async function busyboxLayer(): Promise<Uint8Array<ArrayBuffer>> {
  return await withDirectory(async (place) => {
    await mkdir(join(place, "bin"));
    const path = (await exec(["sh", "-c", "command -v busybox"])).stdout.trim();
    await copyFile(path, join(place, "bin", "busybox"));
    for (const applet of ["sh", "cat", "ls", "touch", "id"]) {
      await symlink("busybox", join(place, "bin", applet));
    }
    return await tarOf(place);
  });
}

/** Stores an image for amd64 under a tag, with layers from the lowest up. */
export async function putLayers(
  store: ImageStore,
  tag: string,
  layers: readonly Uint8Array<ArrayBuffer>[],
  { config = {}, fields = {} }: LayeredBaseOptions = {},
): Promise<void> {
  const put = async (bytes: Uint8Array<ArrayBuffer>, mediaType: string): Promise<unknown> => {
    await store.putBlob(bytes);
    return { mediaType, size: bytes.length, digest: digestOf(bytes) };
  };
  const descriptors: unknown[] = [];
  for (const layer of layers) {
    descriptors.push(
      await put(new Uint8Array(gzipSync(layer, { level: 1 })), `${PREFIX}.layer.v1.tar+gzip`),
    );
  }
  const document = {
    architecture: "amd64",
    os: "linux",
    config: { Env: ["PATH=/bin"], Cmd: ["/bin/sh"], ...config },
    rootfs: { type: "layers", diff_ids: layers.map(digestOf) },
    ...fields,
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: `${PREFIX}.manifest.v1+json`,
    config: await put(toBytes(document), `${PREFIX}.config.v1+json`),
    layers: descriptors,
  };
  const { mediaType } = manifest;
  await store.putManifest(tag, { bytes: toBytes(manifest), mediaType });
}

function toBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}
