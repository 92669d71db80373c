/** The seam for what is kept from run to run: a directory of the user's if the host has one. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { collectBytes } from "../base/collect.ts";
import { type Digest, digestAlgorithm, digestOf } from "../oci/digest.ts";

/**
 * Values by name. A value may be a list of a million lines. What is lost can be learnt again, so no method ever rejects: a failure to
 * read is as if nothing was kept, and a failure to write is ignored. Only a returned stream may throw while it is read.
 */
export interface CacheStore {
  /** The bytes that were kept under a name, or undefined if there are none. */
  get(name: string): Promise<ByteStream | undefined>;
  /**
   * Keeps bytes under a name. They replace earlier ones, which may be read while this runs. Other values may be dropped to make room.
   * Nothing is kept of a stream that throws.
   */
  put(name: string, bytes: ByteStream): Promise<void>;
}

/** Reads a small value. */
export async function getBytes(
  store: CacheStore | undefined,
  name: string,
): Promise<Bytes | undefined> {
  const bytes = await store?.get(name);
  return bytes && await collectBytes(bytes).catch(() => undefined);
}

/** Reads a blob that was kept; undefined if it is not there, or does not match its digest. */
export async function getVerified(
  store: CacheStore | undefined,
  name: string,
  digest: Digest,
): Promise<Bytes | undefined> {
  const bytes = await getBytes(store, name);
  if (bytes === undefined) return undefined;
  return await digestOf(bytes, digestAlgorithm(digest)) === digest ? bytes : undefined;
}
