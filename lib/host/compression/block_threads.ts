/** Threads that compress blocks. */

import type { BlockFormat, BlockInBuffer } from "./block_compressor.ts";
import { COMPRESS_PROGRAM } from "./compress_program.ts";
import { Thread } from "./thread.ts";

/** A number of threads that share the work. */
export class BlockThreads {
  readonly #threads: readonly Thread[];

  /**
   * Starts the threads; they take their first block once they are up, 4 to 30 ms later.
   *
   * @throws if this runtime has no threads.
   */
  constructor(count: number, format: BlockFormat) {
    this.#threads = Array.from(
      { length: count },
      () => new Thread(COMPRESS_PROGRAM, format, "compress"),
    );
  }

  /** Gives a block to the thread that has the least to do. Its buffer is transferred, there and back, and not copied. */
  compress(block: BlockInBuffer): Promise<BlockInBuffer> {
    return this.#threads.reduce((a, b) => b.load < a.load ? b : a).ask(block, [block.buffer]);
  }

  /** Ends the threads, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
