/** The program of a thread that compresses blocks. */

import {
  type BlockFormat,
  type BlockInBuffer,
  createBlockCompressor,
} from "../../lib/host/compression/block_compressor.ts";
import type { Answerer } from "../../lib/host/compression/thread.ts";

/** Compresses blocks; each result is returned in its block's buffer. */
export function prepare(format: BlockFormat): Answerer<BlockInBuffer, BlockInBuffer> {
  const compress = createBlockCompressor(format);
  return (block) => {
    const compressed = compress(block);
    return [compressed, [compressed.buffer]];
  };
}
