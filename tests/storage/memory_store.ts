/** A cache in memory, for tests. */

import { type Bytes, oneChunk } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import type { CacheStore } from "../../lib/storage/cache_store.ts";

/** Keeps what is put, and nothing of a stream that fails. */
export function memoryStore(): CacheStore & { readonly kept: Map<string, Bytes> } {
  const kept = new Map<string, Bytes>();
  return {
    kept,
    get(name): ReturnType<CacheStore["get"]> {
      const bytes = kept.get(name);
      return Promise.resolve(bytes && oneChunk(bytes));
    },
    async put(name, bytes): Promise<void> {
      const whole = await collectBytes(bytes).catch(() => undefined);
      if (whole !== undefined) kept.set(name, whole);
    },
  };
}
