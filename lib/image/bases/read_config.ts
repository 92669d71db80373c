/** Reads an image's config. */

import { collectBytes } from "../../base/collect.ts";
import { type ImageConfig, parseConfig } from "../../oci/config.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { BlobFetcher } from "../../storage/repository.ts";

/** The largest config that is read, in bytes. */
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
  const what = `config "${descriptor.digest}" of ${source.name}`;
  const content = source.getBlob(descriptor, { signal, isDocument: true });
  return parseConfig(await collectBytes(content, { limit: CONFIG_LIMIT, what }), what);
}
