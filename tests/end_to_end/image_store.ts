/** Where test images are read from and written to: a registry, or an OCI layout; own code, nothing of the product. */

import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RegistryRequest } from "./registry_http.ts";

/** A manifest's bytes and the type it was stored under. */
export interface StoredManifest {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
}

/** The few verbs that making and checking images takes. */
export interface ImageStore {
  getManifest(reference: string): Promise<StoredManifest>;
  putManifest(reference: string, manifest: StoredManifest): Promise<void>;
  getBlob(digest: string): Promise<Uint8Array<ArrayBuffer>>;
  putBlob(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** `sha256:` and the hash. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

const ACCEPT = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

/** A registry's repository. */
export function registryStore(request: RegistryRequest, repository: string): ImageStore {
  const read = async (response: Response): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(await response.arrayBuffer());
  return {
    async getManifest(reference): Promise<StoredManifest> {
      const response = await request(`${repository}/manifests/${reference}`, {
        headers: { accept: ACCEPT },
      });
      const mediaType = response.headers.get("content-type") ?? "";
      return { bytes: await read(response), mediaType };
    },
    async putManifest(reference, { bytes, mediaType }): Promise<void> {
      const response = await request(`${repository}/manifests/${reference}`, {
        method: "PUT",
        body: bytes,
        headers: { "content-type": mediaType },
      });
      await response.body?.cancel();
    },
    async getBlob(digest): Promise<Uint8Array<ArrayBuffer>> {
      return await read(await request(`${repository}/blobs/${digest}`));
    },
    async putBlob(bytes): Promise<void> {
      const session = await request(`${repository}/blobs/uploads/`, { method: "POST" });
      await session.body?.cancel();
      const location = new URL(session.headers.get("location") ?? "", session.url);
      location.searchParams.set("digest", digestOf(bytes));
      const response = await request(location.href, {
        method: "PUT",
        body: bytes,
        headers: { "content-type": "application/octet-stream" },
      });
      await response.body?.cancel();
    },
  };
}

/** An OCI layout directory. */
export function layoutStore(directory: string): ImageStore {
  const blobPath = (digest: string): string => join(directory, "blobs", digest.replace(":", "/"));
  const readBlob = async (digest: string): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(await readFile(blobPath(digest)));
  const readIndex = async (): Promise<LayoutIndex> =>
    JSON.parse(
      await readFile(join(directory, "index.json"), "utf8").catch(() => EMPTY_INDEX),
    );
  const putBlob = async (bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
    await mkdir(join(directory, "blobs", "sha256"), { recursive: true });
    await writeFile(blobPath(digestOf(bytes)), bytes);
  };
  return {
    async getManifest(reference): Promise<StoredManifest> {
      if (reference.startsWith("sha256:")) {
        const bytes = await readBlob(reference);
        return { bytes, mediaType: JSON.parse(new TextDecoder().decode(bytes)).mediaType };
      }
      const found = (await readIndex()).manifests.find((each) =>
        each.annotations?.[TAG] === reference
      );
      if (found === undefined) throw new Error(`There is no "${reference}" in ${directory}`);
      return { bytes: await readBlob(found.digest), mediaType: found.mediaType };
    },
    async putManifest(reference, { bytes, mediaType }): Promise<void> {
      await putBlob(bytes);
      if (reference.startsWith("sha256:")) return;
      const index = await readIndex();
      index.manifests.push({
        mediaType,
        digest: digestOf(bytes),
        size: bytes.length,
        annotations: { [TAG]: reference },
      });
      await writeFile(join(directory, "index.json"), JSON.stringify(index));
      await writeFile(join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
    },
    getBlob: readBlob,
    putBlob,
  };
}

const TAG = "org.opencontainers.image.ref.name";
const EMPTY_INDEX = '{"schemaVersion":2,"manifests":[]}';

interface LayoutIndex {
  readonly manifests: {
    readonly mediaType: string;
    readonly digest: string;
    readonly size: number;
    readonly annotations?: Record<string, string>;
  }[];
}
