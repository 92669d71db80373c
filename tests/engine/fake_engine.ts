/** An engine in memory, for tests: it loads archives as Docker's classic store does, and can be made to answer otherwise. */

import { createHash } from "node:crypto";
import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { fromReadable } from "../../lib/base/readable.ts";
import type { FindEngine } from "../../lib/engine/engine_connection.ts";
import { OCI_MANIFEST } from "../../lib/oci/media_type.ts";
import type { TarEntry } from "../../lib/tar/entry.ts";
import { writeTar } from "../../lib/tar/writer.ts";

import { createFakeContainers, type FakeContainers } from "./fake_containers.ts";

/** An image of the engine. */
interface EngineImage {
  readonly config: Bytes;
  readonly layers: readonly string[];
  /** In containerd's store, which keeps it as it came. */
  readonly manifest?: Bytes | undefined;
}

/** What a test sets. */
export interface FakeEngineOptions {
  /** @default {"classic"} */
  readonly kind?: "classic" | "podman" | "containerd";
  /** As it says in its headers. @default none */
  readonly apiVersion?: string;
  /** What every image has, as its containers tell. */
  readonly files?: readonly TarEntry[];
  /** Answers in the engine's place. */
  readonly answer?: (url: URL, init: RequestInit) => Response | undefined;
}

/** An engine that remembers. */
export interface FakeEngine {
  readonly find: FindEngine;
  /** By name. */
  readonly images: Map<string, EngineImage>;
  /** Uncompressed and compressed layers by the digest of what was sent. */
  readonly layers: Map<string, Bytes>;
  /** Those that were not taken away. */
  readonly containers: FakeContainers["all"];
  /** Requests, as `GET /version`. */
  readonly requests: string[];
  /** What containerd's store has, by digest. */
  readonly blobs: Map<string, Bytes>;
  /** Paths of the members of each archive that was loaded. */
  readonly loads: (readonly string[])[];
}

const hash = (bytes: Uint8Array): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const idOf = ({ config, manifest }: EngineImage): string => hash(manifest ?? config);
const blobPath = (digest: string): string => `blobs/${digest.replace(":", "/")}`;
const text = (bytes: Bytes | undefined): string => new TextDecoder().decode(bytes);

/** Makes an engine without images. */
export function createFakeEngine(options: FakeEngineOptions = {}): FakeEngine {
  const { kind = "classic", files = [], apiVersion } = options;
  const containers = createFakeContainers(files);
  const images = new Map<string, EngineImage>();
  const layers = new Map<string, Bytes>();
  const blobs = new Map<string, Bytes>();
  const requests: string[] = [];
  const loads: (readonly string[])[] = [];

  function inspect(image: EngineImage, url: URL): unknown {
    const { rootfs, config, os, architecture, created } = JSON.parse(text(image.config));
    const { manifest } = image;
    return {
      Id: idOf(image),
      ...(manifest && url.searchParams.has("manifests") && {
        Manifests: [{
          Kind: "image",
          Available: blobsOf(manifest).every((digest) => blobs.has(digest)),
          Descriptor: { mediaType: OCI_MANIFEST, digest: hash(manifest), size: manifest.length },
          ImageData: { Platform: { os, architecture } },
        }],
      }),
      ...(manifest && Number(apiVersion?.slice(2)) >= 48 && {
        Descriptor: { mediaType: OCI_MANIFEST, digest: hash(manifest), size: manifest.length },
      }),
      Created: created,
      Os: os,
      Architecture: architecture,
      Config: config,
      RootFS: { Type: "layers", Layers: rootfs?.diff_ids },
    };
  }

  async function load(body: ReadableStream<Uint8Array>): Promise<Response> {
    const members = readTar(await collectBytes(fromReadable(body)));
    loads.push([...members.keys()]);
    if (kind === "containerd") return loadBlobs(members);
    const list = members.get("manifest.json");
    const entries: { config: string; names: string[]; layers: string[] }[] = list
      ? JSON.parse(text(list)).map((
        { Config, RepoTags, Layers }: Record<string, never>,
      ) => ({ config: Config, names: RepoTags, layers: Layers }))
      : JSON.parse(text(members.get("index.json"))).manifests.map((
        { digest, annotations }: { digest: string; annotations: Record<string, string> },
      ) => {
        const manifest = JSON.parse(text(members.get(blobPath(digest))));
        const path = (one: { digest: string }): string => blobPath(one.digest);
        return {
          config: path(manifest.config),
          names: [annotations["io.containerd.image.name"]?.replace("docker.io/library/", "")],
          layers: manifest.layers.map(path),
        };
      });
    for (const { config, names, layers: paths } of entries) {
      const bytes = members.get(config);
      if (bytes === undefined) return json({ message: `no ${config}` }, 400);
      const { rootfs } = JSON.parse(text(bytes));
      for (const [at, path] of paths.entries()) {
        const layer = members.get(path);
        if (layer !== undefined) layers.set(rootfs.diff_ids[at], layer);
        else if (!layers.has(rootfs.diff_ids[at])) {
          return json({ errorDetail: {}, error: `open ${path}: no such file or directory` });
        }
      }
      for (const name of names) images.set(name, { config: bytes, layers: rootfs.diff_ids });
    }
    return json({ stream: "Loaded image" });
  }

  /** Takes an image of which parts are missing, too. */
  function loadBlobs(members: ReadonlyMap<string, Bytes>): Response {
    for (const bytes of members.values()) blobs.set(hash(bytes), bytes);
    const { manifests } = JSON.parse(text(members.get("index.json")));
    for (const { digest, annotations } of manifests) {
      const manifest = blobs.get(digest) as Bytes;
      const config = blobs.get(JSON.parse(text(manifest)).config.digest) as Bytes;
      const { rootfs } = JSON.parse(text(config));
      const name = annotations?.["io.containerd.image.name"]?.replace("docker.io/library/", "");
      images.set(name ?? digest, { config, manifest, layers: rootfs?.diff_ids ?? [] });
    }
    return json({ stream: "Loaded image" });
  }

  async function answer(url: URL, init: RequestInit): Promise<Response> {
    const own = options.answer?.(url, init);
    if (own !== undefined) return own;
    const ofContainers = await containers.answer(url, init);
    if (ofContainers !== undefined) return ofContainers;
    const { pathname } = url;
    if (pathname === "/version") {
      return json({ Os: "linux", Arch: "arm64" });
    }
    if (pathname === "/_ping") {
      return new Response(null, {
        headers: {
          ...(kind === "podman" && { "libpod-api-version": "4.3.1" }),
          ...(apiVersion !== undefined && { "api-version": apiVersion }),
        },
      });
    }
    if (pathname === "/info") {
      return json({
        DriverStatus: kind === "containerd"
          ? [["driver-type", "io.containerd.snapshotter.v1"]]
          : [],
      });
    }
    if (pathname === "/images/load") return await load(init.body as ReadableStream<Uint8Array>);
    if (pathname === "/images/json") {
      return json([...images.values()].map((image) => ({ Id: idOf(image) })));
    }
    if (init.method === "DELETE") {
      return json({}, images.delete(pathname.slice("/images/".length)) ? 200 : 404);
    }
    const [, name = "", action] = /^\/images\/(.*)\/(\w+)$/.exec(decodeURIComponent(pathname)) ??
      [];
    const image = images.get(name) ?? [...images.values()].find((one) => idOf(one) === name);
    if (image === undefined) return json({ message: `No such image: ${name}` }, 404);
    if (action === "json") return json(inspect(image, url));
    if (action === "history") {
      const { history = [] } = JSON.parse(text(image.config));
      return json(
        [...history].reverse().map((step: Record<string, unknown>) => ({
          Created: 0,
          CreatedBy: step["created_by"] ?? "",
          Size: step["empty_layer"] ? 0 : 1,
        })),
      );
    }
    if (action === "tag") {
      images.set(`${url.searchParams.get("repo")}:${url.searchParams.get("tag")}`, image);
      return new Response(null, { status: 201 });
    }
    return new Response(await save(image));
  }

  async function save({ config, layers: ids, manifest }: EngineImage): Promise<Bytes> {
    const inStore = manifest && blobsOf(manifest);
    const parts: readonly (readonly [path: string, content: Bytes])[] = inStore
      ? inStore.map((digest) => [blobPath(digest), blobs.get(digest) as Bytes])
      : [
        ["c.json", config],
        ...ids.map((id) => [`${id.slice(7)}.tar`, layers.get(id) as Bytes] as const),
      ];
    const [Config, ...Layers] = parts.map(([path]) => path);
    const list = new TextEncoder().encode(JSON.stringify([{ Config, RepoTags: [], Layers }]));
    const files = [
      ...parts,
      ...(manifest ? [[blobPath(hash(manifest)), manifest] as const] : []),
      ["manifest.json", list] as const,
    ];
    return await collectBytes(writeTar(files.map(([path, content]) => ({
      path,
      type: "file",
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtime: 0,
      size: content.length,
      content,
    }))));
  }

  return {
    images,
    layers,
    blobs,
    containers: containers.all,
    requests,
    loads,
    find: () =>
      Promise.resolve({
        address: "unix:///fake.sock",
        from: "a test",
        url: "http://localhost",
        fetch: (url, init): Promise<Response> => {
          requests.push(`${init.method ?? "GET"} ${new URL(url).pathname}`);
          return answer(new URL(url), init);
        },
      }),
  };
}

function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status });
}

/** The config and the layers of a manifest. */
function blobsOf(manifest: Bytes): readonly string[] {
  const { config, layers } = JSON.parse(text(manifest));
  return [config, ...layers].map(({ digest }: { digest: string }) => digest);
}

/** Reads an archive of plain files with short names, or with pax headers, which it skips. */
function readTar(bytes: Bytes): Map<string, Bytes> {
  const members = new Map<string, Bytes>();
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0;) {
    const field = (start: number, end: number): string =>
      text(bytes.slice(at + start, at + end)).replace(/\0.*$/s, "");
    const size = parseInt(field(124, 136), 8);
    const content = bytes.slice(at + 512, at + 512 + size);
    if (field(156, 157) === "0") members.set(field(0, 100), concatBytes([content]));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return members;
}
