/** Threads that compress blocks. */

import type { Worker } from "node:worker_threads";
import { deflateKernel } from "../layer/deflater.ts";
import type { BlockFormat } from "./block_compressor.ts";
import { builtin } from "./builtin.ts";

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

/**
 * What a thread runs: `createBlockCompressor` again, as source in a string, because only that survives bundling, `deno compile` and
 * `bun compile`. It asks for builtins as `builtin.ts` does, because Deno's threads have no `require`. The output is cut to its
 * size, since its reader keeps it.
 */
const THREAD_SOURCE = `
const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
const { zstdCompressSync } = process.getBuiltinModule("node:zlib");

function deflater({ kernel, settings }) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(kernel));
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
  return (block) => {
    const { buffer, byteOffset, length } = zstdCompressSync(block, options);
    return buffer.slice(byteOffset, byteOffset + length);
  };
}

const compress = workerData.format === "gzip" ? deflater(workerData) : framer(workerData);
parentPort.on("message", ({ buffer, size }) => {
  const output = compress(new Uint8Array(buffer, 0, size));
  parentPort.postMessage({ buffer, output }, [buffer, output]);
});
`;

interface Waiting {
  readonly resolve: (block: CompressedBlock) => void;
  readonly reject: (error: unknown) => void;
}

/** One thread, and who waits for it, in order. */
class CompressionThread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #failure: Error | undefined;
  #isClosing = false;

  constructor(format: BlockFormat) {
    const { Worker } = builtin("node:worker_threads");
    const workerData = format.format === "gzip" ? { ...format, kernel: deflateKernel() } : format;
    this.#worker = new Worker(THREAD_SOURCE, { eval: true, workerData });
    this.#worker.on("message", (block: CompressedBlock) => {
      this.#waiting.shift()?.resolve(block);
      // An idle thread must not keep the process from ending.
      if (this.#waiting.length === 0 && !this.#isClosing) this.#worker.unref();
    });
    this.#worker.on("error", (cause) => this.#fail("it failed", cause));
    this.#worker.on("exit", () => this.#fail("it ended"));
    this.#worker.unref();
  }

  get load(): number {
    return this.#waiting.length;
  }

  compress(job: Job): Promise<CompressedBlock> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const block = new Promise<CompressedBlock>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    this.#worker.ref();
    this.#worker.postMessage(job, [job.buffer]);
    return block;
  }

  async close(): Promise<void> {
    // Nothing else may keep the process alive until the thread has ended, whatever it still answers.
    this.#isClosing = true;
    this.#worker.ref();
    await this.#worker.terminate();
  }

  #fail(what: string, cause?: unknown): void {
    this.#failure ??= new Error(`Cannot compress in a thread: ${what}`, { cause });
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

/** A number of threads that share the work. */
export class BlockThreads {
  readonly #threads: readonly CompressionThread[];

  /**
   * Starts the threads; they take their first block once they are up, some 30 ms later.
   *
   * @throws if this runtime has no threads.
   */
  constructor(count: number, format: BlockFormat) {
    this.#threads = Array.from({ length: count }, () => new CompressionThread(format));
  }

  /** Gives a block to the thread that has the least to do. The job's buffer is away until the block is back. */
  compress(job: Job): Promise<CompressedBlock> {
    return this.#threads.reduce((a, b) => b.load < a.load ? b : a).compress(job);
  }

  /** Ends the threads, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
