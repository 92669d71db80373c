/** A registry and a cache to sync local directories with. */

import type { Bytes } from "../../../lib/base/bytes.ts";
import { collectBytes } from "../../../lib/base/collect.ts";
import { addFiles } from "../../../lib/host/files/add_files.ts";
import { syncFiles, type SyncFilesOptions } from "../../../lib/host/files/sync_files.ts";
import { appendLayer, type AppendOptions } from "../../../lib/image/verbs/append.ts";
import type { ImageResult } from "../../../lib/image/verbs/image_result.ts";
import type { SyncDifference } from "../../../lib/layer/sync/sync_difference.ts";
import type { TarEntry } from "../../../lib/tar/entry.ts";
import { writeTar } from "../../../lib/tar/writer.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { mergeLayers } from "../../layer/sync/merged_image.ts";
import type { TabledLayer } from "../../layer/table/tabled_layers.ts";
import { readDocument, readImage, seedImage } from "../fake_images.ts";
import { memoryStore } from "../../storage/memory_store.ts";

/** The repository of the registry. */
export const REPOSITORY = "registry.test/acme/app";

/** What entries have that say nothing else. */
export const COMMON = { mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };

export function file(path: string, text: string, fields: Partial<TarEntry> = {}): TarEntry {
  const content = new TextEncoder().encode(text);
  return { ...COMMON, mode: 0o644, path, type: "file", size: content.length, content, ...fields };
}

export function directory(path: string, fields: Partial<TarEntry> = {}): TarEntry {
  return { ...COMMON, path, type: "directory", ...fields };
}

export function tarOf(...entries: readonly TarEntry[]): Promise<Bytes> {
  return collectBytes(writeTar(entries));
}

export interface Setting {
  readonly store: ReturnType<typeof createFakeRegistry>["store"];
  readonly cache: ReturnType<typeof memoryStore>;
  readonly fetch: NonNullable<AppendOptions["fetch"]>;
  /** Requests so far, as `METHOD path`. */
  readonly requests: string[];
  sync(
    source: string,
    options?: Partial<SyncFilesOptions> & {
      readonly from?: string;
      readonly to?: string;
      readonly at?: string;
      readonly append?: Partial<AppendOptions>;
    },
  ): Promise<ImageResult & { readonly difference: SyncDifference | undefined }>;
  /** Uncompressed. */
  layersOf(tag: string): readonly Bytes[];
}

export function createSetting(): Setting {
  const registry = createFakeRegistry();
  const { store } = registry;
  const cache = memoryStore();
  const requests: string[] = [];
  const fetch: typeof registry.fetch = (url, init) => {
    requests.push(`${init.method} ${new URL(url).pathname}`);
    return registry.fetch(url, init);
  };
  return {
    store,
    cache,
    requests,
    fetch,
    async sync(
      source,
      { from = "1", to = "2", at = "/srv/app", append = {}, ...options } = {},
    ): Promise<
      ImageResult & { readonly difference: SyncDifference | undefined }
    > {
      let difference: SyncDifference | undefined;
      const layer = syncFiles({
        directories: [{ source, destination: at }],
        cache,
        onDifference: (found) => difference = found,
        ...options,
      });
      const result = await appendLayer(`${REPOSITORY}:${from}`, `${REPOSITORY}:${to}`, {
        layers: [layer],
        host: { cache },
        fetch,
        ...append,
      });
      return { ...result, difference };
    },
    layersOf: (tag) => readImage(store, "acme/app", tag).layers,
  };
}

/** What `--add` would have made of a tree at a path, over nothing. */
export async function wanted(source: string, destination: string): Promise<Map<string, string>> {
  const layer = addFiles({ additions: [{ source, destination }], onScratch: true });
  return mergeLayers([await collectBytes(layer())]);
}

/** The part of a tree that is below a path, or the rest of it. */
export function part(tree: ReadonlyMap<string, string>, path: string, isBelow: boolean): string[] {
  return [...tree].filter(([one]) => one.startsWith(`${path}/`) === isBelow && one !== path)
    .map((pair) => pair.join(" ")).sort();
}

/** Puts an image of one layer with a table of contents into the registry. */
export async function seedTabled(
  { store }: Setting,
  compression: "gzip" | "zstd",
  { bytes, tar, annotations }: TabledLayer,
): Promise<void> {
  const { digest } = await seedImage(store, "acme/app", "0", { tars: [tar] });
  await store.seedManifest("acme/app", "1", {
    ...readDocument(store, "acme/app", digest),
    layers: [{
      mediaType: `application/vnd.oci.image.layer.v1.tar+${compression}`,
      digest: await store.seedBlob("acme/app", bytes),
      size: bytes.length,
      annotations,
    }],
  } as never);
}
