/** Threads that compress blocks. */

import { deflateModule } from "../../layer/compression/deflater.ts";
import type { BlockFormat, BlockInBuffer } from "./block_compressor.ts";
import { Thread } from "./thread.ts";

/** `createBlockCompressor` again, for `Thread`. */
const SCRIPT = `
function deflater({ kernel, settings }) {
  const { exports } = new WebAssembly.Instance(kernel);
  exports.initialize();
  const memory = new Uint8Array(exports.memory.buffer);
  return (block) => {
    memory.set(block, exports.inputAddress());
    const size = exports.compress(block.length, ...settings);
    const start = exports.outputAddress();
    return memory.subarray(start, start + size);
  };
}

function framer({ options }) {
  const { zstdCompressSync } = process.getBuiltinModule("node:zlib");
  return (block) => zstdCompressSync(block, options);
}

function prepare(format) {
  const compress = format.format === "gzip" ? deflater(format) : framer(format);
  return ({ buffer, size }) => {
    const output = compress(new Uint8Array(buffer, 0, size));
    new Uint8Array(buffer).set(output);
    return [{ buffer, size: output.length }, [buffer]];
  };
}
`;

/** A number of threads that share the work. */
export class BlockThreads {
  readonly #threads: readonly Thread[];

  /**
   * Starts the threads; they take their first block once they are up, 4 to 30 ms later.
   *
   * @throws if this runtime has no threads.
   */
  constructor(count: number, format: BlockFormat) {
    const setup = format.format === "gzip" ? { ...format, kernel: deflateModule() } : format;
    this.#threads = Array.from({ length: count }, () => new Thread(SCRIPT, setup, "compress"));
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
