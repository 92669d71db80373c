/** Threads that compress blocks. */

import type { BlockFormat, BlockInBuffer } from "./block_compressor.ts";
import { COMPRESS_PROGRAM } from "./compress_program.ts";
import { Thread } from "./thread.ts";

/** A pool of threads. */
export class BlockThreads {
  readonly #threads: readonly Thread[];

  /**
   * Starts the threads, which takes 4 to 30 ms in the background.
   *
   * @throws if this runtime has no threads.
   */
  constructor(count: number, format: BlockFormat) {
    this.#threads = Array.from(
      { length: count },
      () => new Thread(COMPRESS_PROGRAM, format, "compress"),
    );
  }

  /** Compresses a block on the least busy thread. Its buffer is transferred there and back, not copied. */
  compress(block: BlockInBuffer): Promise<BlockInBuffer> {
    return this.#threads.reduce((a, b) => b.load < a.load ? b : a).ask(block, [block.buffer]);
  }

  /** Ends the threads at once. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
