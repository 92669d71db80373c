/** Threads that compress blocks. */

import { deflateModule } from "../layer/deflater.ts";
import type { BlockFormat } from "./block_compressor.ts";
import { Thread } from "./thread.ts";

/** What goes to a thread; its buffers are transferred, not copied. */
interface Job {
  readonly buffer: ArrayBuffer;
  /** Bytes at the front of the buffer. */
  readonly size: number;
}

/** What comes back: the buffer, to be filled again, and the block's compressed bytes. */
export interface CompressedBlock {
  readonly buffer: ArrayBuffer;
  readonly output: ArrayBuffer;
}

/** `createBlockCompressor` again, for `Thread`. The output is cut to its size, since its reader keeps it. */
const SCRIPT = `
function deflater({ kernel, settings }) {
  const { exports } = new WebAssembly.Instance(kernel);
  exports.initialize();
  const memory = new Uint8Array(exports.memory.buffer);
  return (block) => {
    memory.set(block, exports.inputAddress());
    const size = exports.compress(block.length, ...settings);
    const start = exports.outputAddress();
    return memory.buffer.slice(start, start + size);
  };
}

function framer({ options }) {
  const { zstdCompressSync } = process.getBuiltinModule("node:zlib");
  return (block) => {
    const { buffer, byteOffset, length } = zstdCompressSync(block, options);
    return buffer.slice(byteOffset, byteOffset + length);
  };
}

function prepare(format) {
  const compress = format.format === "gzip" ? deflater(format) : framer(format);
  return ({ buffer, size }) => {
    const output = compress(new Uint8Array(buffer, 0, size));
    return [{ buffer, output }, [buffer, output]];
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

  /** Gives a block to the thread that has the least to do. The job's buffer is away until the block is back. */
  compress(job: Job): Promise<CompressedBlock> {
    return this.#threads.reduce((a, b) => b.load < a.load ? b : a).ask(job, [job.buffer]);
  }

  /** Ends the threads, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
