/** Reads an image's config. */

import { type Bytes, oneChunk } from "../../base/bytes.ts";
import { collectBytes } from "../../base/collect.ts";
import type { TaskGroup } from "../../base/task_group.ts";
import { type ImageConfig, parseConfig } from "../../oci/config.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type CacheStore, getVerified } from "../../storage/cache_store.ts";
import type { BlobFetcher } from "../../storage/repository.ts";

/** The most bytes of a config. */
export const CONFIG_LIMIT: number = 16 * 1024 * 1024;

/**
 * Reads a config and verifies it.
 *
 * @throws {SyntaxError} if it is not the config of a container image.
 * @throws {RangeError} if it is larger than 16 MiB.
 */
export async function readConfig(
  source: BlobFetcher,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<ImageConfig> {
  const what = describe(source, descriptor);
  return parseConfig(await readBytes(source, descriptor, signal), what);
}

/**
 * Reads a config from the cache, or as {@linkcode readConfig} does. The cache saves a request that everything else waits for.
 */
export async function recallConfig(
  source: BlobFetcher,
  descriptor: Descriptor,
  { cache, group }: { readonly cache: CacheStore; readonly group: TaskGroup },
): Promise<ImageConfig> {
  const { digest } = descriptor;
  const what = describe(source, descriptor);
  const name = `config ${digest}`;
  const known = await getVerified(cache, name, digest);
  if (known !== undefined) return parseConfig(known, what);
  const bytes = await readBytes(source, descriptor, group.signal);
  const config = parseConfig(bytes, what);
  group.start(() => cache.put(name, oneChunk(bytes)));
  return config;
}

async function readBytes(
  source: BlobFetcher,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<Bytes> {
  const content = source.getBlob(descriptor, { signal, isDocument: true });
  return await collectBytes(content, {
    limit: CONFIG_LIMIT,
    what: describe(source, descriptor),
  });
}

function describe(source: BlobFetcher, { digest }: Descriptor): string {
  return `config "${digest}" of ${source.name}`;
}
