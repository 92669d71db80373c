/** Cuts streams into blocks of one size. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";

/**
 * Cuts a stream into blocks of one size. The last one may be smaller, but is not empty.
 *
 * @param takeMemory Gives the memory of each block, whose size is the block's; the same again once the block is not needed any more.
 */
export async function* cutBlocks(
  source: ByteStream,
  takeMemory: () => Bytes,
): AsyncGenerator<Bytes, void, undefined> {
  let block: Bytes | undefined;
  let size = 0;
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.length;) {
      block ??= takeMemory();
      const part = chunk.subarray(offset, offset + block.length - size);
      block.set(part, size);
      size += part.length;
      offset += part.length;
      if (size < block.length) continue;
      yield block;
      block = undefined;
      size = 0;
    }
  }
  if (block !== undefined) yield block.subarray(0, size);
}

/** Size of compressed chunks in bytes. */
const CHUNK_SIZE = 128 * 1024;

/**
 * Copies compressed bytes into chunks that may be kept. All have one size, so that freed memory fits the next: chunks of varying sizes took
 * 10 MB more on Bun.
 */
export function equalChunks(source: ByteStream): ByteStream {
  return cutBlocks(source, () => new Uint8Array(CHUNK_SIZE));
}
