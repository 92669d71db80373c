/** Cuts streams into blocks of one size. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";

/**
 * Cuts a stream into blocks of the memory's size, all but the last, which may be smaller but is not empty.
 *
 * @param takeMemory Asked for the memory of each block; may give the same again once the block is done with.
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
 * Copies compressed bytes into chunks that may be kept. They are of one size, since the memory of one then fits the next: on Bun, chunks of
 * the sizes that blocks happen to shrink to took 10 MB more.
 */
export function equalChunks(source: ByteStream): ByteStream {
  return cutBlocks(source, () => new Uint8Array(CHUNK_SIZE));
}
