/** The seam for what is worth remembering from run to run: a directory of the user's where a host has one. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { collectBytes } from "../base/collect.ts";
import { type Digest, digestAlgorithm, digestOf } from "../oci/digest.ts";

/**
 * Values by their names, which may be lists of a million lines. What is lost is only learnt anew, so nothing here ever fails: it finds
 * nothing, or keeps nothing; only what it gives may fail while it is read.
 */
export interface CacheStore {
  /** The bytes that were kept under a name, or undefined. */
  get(name: string): Promise<ByteStream | undefined>;
  /**
   * Keeps bytes under a name, in place of earlier ones, which may still be read; others may have to make room. Keeps nothing of a stream
   * that fails.
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

/** Reads what was kept of a blob; undefined where it is not there, or not what its digest says. */
export async function getVerified(
  store: CacheStore | undefined,
  name: string,
  digest: Digest,
): Promise<Bytes | undefined> {
  const bytes = await getBytes(store, name);
  if (bytes === undefined) return undefined;
  return await digestOf(bytes, digestAlgorithm(digest)) === digest ? bytes : undefined;
}
