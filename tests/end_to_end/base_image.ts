/** Base images made from Debian's busybox, of both families, for one platform or several. */

import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { digestOf, type ImageStore } from "./image_store.ts";
import { exec, hasProgram, succeed } from "./program.ts";
import { withDirectory } from "./scratch.ts";

/** The two ways to write an image down. */
export type Family = "oci" | "docker";

const TYPES = {
  oci: {
    manifest: "application/vnd.oci.image.manifest.v1+json",
    index: "application/vnd.oci.image.index.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  },
  docker: {
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    index: "application/vnd.docker.distribution.manifest.list.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  },
} as const;

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [field: string]: unknown;
}

/** The tar of a directory as GNU tar makes it, owned by root and dated 1970. */
export async function tarOf(directory: string): Promise<Uint8Array<ArrayBuffer>> {
  return await withDirectory(async (place) => {
    const archive = join(place, "layer.tar");
    const order = "--sort=name --owner=0 --group=0 --numeric-owner --mtime=@0".split(" ");
    // Entry by entry: "./" would set the mode of the image's root.
    const names = await readdir(directory);
    await succeed(["tar", "-C", directory, ...order, "-cf", archive, ...names.sort()]);
    return new Uint8Array(await readFile(archive));
  });
}

/** A tar of text files. */
export async function tarOfFiles(
  files: Readonly<Record<string, string>>,
): Promise<Uint8Array<ArrayBuffer>> {
  return await withDirectory(async (place) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(place, path, ".."), { recursive: true });
      await writeFile(join(place, path), text);
    }
    return await tarOf(place);
  });
}

/** A root file system that can run `cat`: busybox where it is static, else a file that says that it is none. */
async function makeRoot(): Promise<Uint8Array<ArrayBuffer>> {
  return await withDirectory(async (place) => {
    for (const folder of ["bin", "etc", "tmp"]) await mkdir(join(place, folder));
    await writeFile(join(place, "etc", "passwd"), "root:x:0:0:root:/:/bin/sh\n");
    if (hasProgram("busybox")) {
      const path = (await exec(["sh", "-c", "command -v busybox"])).stdout.trim();
      await copyFile(path, join(place, "bin", "busybox"));
      for (const applet of ["sh", "cat", "ls"]) {
        await symlink("busybox", join(place, "bin", applet));
      }
    } else await writeFile(join(place, "bin", "cat"), "there is no busybox on this machine\n");
    return await tarOf(place);
  });
}

let root: Promise<Uint8Array<ArrayBuffer>> | undefined;

/** Stores an image for one platform and returns its manifest's descriptor. */
async function putImage(
  store: ImageStore,
  family: Family,
  architecture: string,
): Promise<Descriptor> {
  const type = TYPES[family];
  root ??= makeRoot();
  // One layer that all platforms share, and one of each platform's own.
  const layers = [await root, await tarOfFiles({ "etc/architecture": `${architecture}\n` })];
  const put = async (
    bytes: Uint8Array<ArrayBuffer>,
    mediaType: string,
  ): Promise<Descriptor> => {
    await store.putBlob(bytes);
    return { mediaType, size: bytes.length, digest: digestOf(bytes) };
  };
  const descriptors: Descriptor[] = [];
  for (const layer of layers) {
    descriptors.push(await put(new Uint8Array(gzipSync(layer)), type.layer));
  }
  const config = await put(
    toBytes({
      architecture,
      os: "linux",
      created: "2020-01-02T03:04:05Z",
      config: { Env: ["PATH=/bin"], Cmd: ["/bin/sh"], "x-unknown": { kept: true } },
      "moby.buildkit.buildinfo.v1": "a field that nobody knows",
      rootfs: { type: "layers", diff_ids: layers.map(digestOf) },
      history: [
        { created: "2020-01-02T03:04:05Z", created_by: "busybox" },
        { created: "2020-01-02T03:04:05Z", created_by: "ENV", empty_layer: true },
        { created: "2020-01-02T03:04:05Z", created_by: "architecture" },
      ],
    }),
    type.config,
  );
  const manifest = toBytes({
    schemaVersion: 2,
    mediaType: type.manifest,
    config,
    layers: descriptors,
    ...(family === "oci" && { annotations: { "org.example.kept": "yes" } }),
  });
  await store.putManifest(digestOf(manifest), { bytes: manifest, mediaType: type.manifest });
  return {
    mediaType: type.manifest,
    digest: digestOf(manifest),
    size: manifest.length,
    platform: { architecture, os: "linux" },
  };
}

/** Stores an image for amd64 under a tag. */
export async function putBase(store: ImageStore, family: Family, tag: string): Promise<void> {
  const { digest, mediaType } = await putImage(store, family, "amd64");
  await store.putManifest(tag, { bytes: (await store.getManifest(digest)).bytes, mediaType });
}

/** Stores an index of several platforms under a tag; in the OCI family each image has an attestation, as of BuildKit. */
export async function putIndex(
  store: ImageStore,
  family: Family,
  tag: string,
  architectures: readonly string[] = ["amd64", "arm64"],
): Promise<void> {
  const images: Descriptor[] = [];
  for (const architecture of architectures) {
    images.push(await putImage(store, family, architecture));
  }
  const attestations: Descriptor[] = [];
  for (const image of family === "oci" ? images : []) {
    attestations.push(await putAttestation(store, image.digest));
  }
  const mediaType = TYPES[family].index;
  const bytes = toBytes({
    schemaVersion: 2,
    mediaType,
    manifests: [...images, ...attestations],
  });
  await store.putManifest(tag, { bytes, mediaType });
}

async function putAttestation(store: ImageStore, digest: string): Promise<Descriptor> {
  const { manifest: mediaType, config: configType } = TYPES.oci;
  const statement = toBytes({ _type: "https://in-toto.io/Statement/v0.1", subject: [{ digest }] });
  const config = toBytes({
    architecture: "unknown",
    os: "unknown",
    config: {},
    rootfs: { type: "layers", diff_ids: [digestOf(statement)] },
  });
  await store.putBlob(statement);
  await store.putBlob(config);
  const bytes = toBytes({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: configType, digest: digestOf(config), size: config.length },
    layers: [{
      mediaType: "application/vnd.in-toto+json",
      digest: digestOf(statement),
      size: statement.length,
    }],
  });
  await store.putManifest(digestOf(bytes), { bytes, mediaType });
  return {
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
    annotations: {
      "vnd.docker.reference.digest": digest,
      "vnd.docker.reference.type": "attestation-manifest",
    },
    platform: { architecture: "unknown", os: "unknown" },
  };
}

function toBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value, undefined, 3));
}
