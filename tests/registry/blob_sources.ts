/** Blobs for tests. */

import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import type { BlobSource } from "../../lib/storage/blob_source.ts";
import type { Digest } from "../../lib/oci/digest.ts";

/** Bytes that do not repeat, the same for the same seed (xorshift32, Marsaglia 2003). */
export function randomBytes(size: number, seed: number = 1): Bytes {
  const bytes = new Uint8Array(size);
  let state = seed * 2_654_435_761 | 1;
  for (let index = 0; index < size; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state;
  }
  return bytes;
}

/** Options of a source for tests. */
export interface TestSourceOptions {
  /** @default {false} */
  readonly replayable?: boolean;
  /** Bytes of a chunk. @default {1000} */
  readonly chunkSize?: number;
  readonly digest?: Digest;
  readonly size?: number;
  /** Called before each chunk with its offset. */
  readonly before?: (offset: number) => void | Promise<void>;
}

/** A source that yields chunks, and counts how often it was opened and whether each reading was ended. */
export interface TestSource extends BlobSource {
  opened: number;
  ended: number;
}

/** A source of bytes in chunks. */
export function testSource(bytes: Bytes, options: TestSourceOptions = {}): TestSource {
  const { replayable = false, chunkSize = 1000, before, ...known } = options;
  const source: TestSource = {
    ...known,
    replayable,
    opened: 0,
    ended: 0,
    open(start = 0): ByteStream {
      if (source.opened++ > 0 && !replayable) throw new Error("opened twice");
      return read(start);
    },
  };
  async function* read(start: number): ByteStream {
    try {
      for (let offset = start; offset < bytes.length; offset += chunkSize) {
        await before?.(offset);
        yield bytes.slice(offset, offset + chunkSize);
      }
    } finally {
      source.ended++;
    }
  }
  return source;
}
