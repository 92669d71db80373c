/**
 * Deflate in WebAssembly, for runtimes without `node:zlib` and for the threads of those that have it. It takes two thirds of the time of
 * zlib-ng to reach the same size, and gives the same bytes on every runtime: see `scripts/bench/`.
 */

import type { Bytes } from "../../base/bytes.ts";

/** The largest block of a {@linkcode Deflater} in bytes. */
export const DEFLATE_BLOCK_SIZE: number = 1024 * 1024;

/**
 * How hard the kernel searches: how many earlier places it compares, at which length of a match it stops, and below which length it also
 * tries the next byte. A depth of 1 or 2 selects a faster search, in which `enough` says how many places within a match are remembered.
 */
export type DeflateSettings = readonly [depth: number, enough: number, lazy: number];

/**
 * The settings of the levels 1 to 9. One thread compresses 446, 440, 437, 242, 224, 188, 156, 115 and 74 MB/s of a mixture of sources and
 * binaries, to 93, 90, 89, 86, 85, 83, 82, 82 and 81 % of what crane makes of it; zlib-ng's levels 3 and 6 225 and 120 MB/s, to 88 and 82 %.
 */
const LEVELS: readonly DeflateSettings[] = [
  [2, 0, 0],
  [2, 0, 32],
  [2, 2, 32],
  [4, 24, 12],
  [6, 32, 16],
  [12, 64, 32],
  [24, 128, 64],
  [64, 258, 128],
  [256, 258, 258],
];

/** Gives smaller layers in less time than crane, which uses Go's level 1: see `scripts/bench/`. */
const DEFAULT_LEVEL = 3;

/**
 * The settings of a level.
 *
 * @throws {RangeError} if there is no such level.
 */
export function deflateSettings(level: number = DEFAULT_LEVEL): DeflateSettings {
  const settings = LEVELS[level - 1];
  if (settings !== undefined) return settings;
  throw new RangeError(`Cannot compress to gzip at level ${level}: expected 1 to ${LEVELS.length}`);
}

/** The exports of the WebAssembly module: `scripts/kernels/deflate/kernel.as`. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  initialize(): void;
  inputAddress(): number;
  outputAddress(): number;
  compress(size: number, ...settings: DeflateSettings): number;
}

/** Compresses blocks, each independently of the others. */
export class Deflater {
  readonly #kernel: Kernel;
  readonly #settings: DeflateSettings;
  readonly #memory: Bytes;

  /** @param module That of `deflateModule()`, which threads get from the main thread. */
  constructor(module: WebAssembly.Module, settings: DeflateSettings) {
    const { exports } = new WebAssembly.Instance(module);
    this.#kernel = exports as unknown as Kernel;
    this.#kernel.initialize();
    this.#memory = new Uint8Array(this.#kernel.memory.buffer as ArrayBuffer);
    this.#settings = settings;
  }

  /** Memory of the kernel for blocks: those that lie there are not copied. */
  get input(): Bytes {
    const start = this.#kernel.inputAddress();
    return this.#memory.subarray(start, start + DEFLATE_BLOCK_SIZE);
  }

  /**
   * Compresses a block to raw deflate that ends at a byte boundary and does not end its stream.
   *
   * @param block At most `DEFLATE_BLOCK_SIZE` bytes; if it lies in the kernel's memory, then from the start of {@linkcode input}.
   * @returns memory of the kernel, valid until the next call.
   */
  compress(block: Bytes): Bytes {
    if (block.buffer !== this.#memory.buffer) {
      this.#memory.set(block, this.#kernel.inputAddress());
    }
    const size = this.#kernel.compress(block.length, ...this.#settings);
    const start = this.#kernel.outputAddress();
    return this.#memory.subarray(start, start + size);
  }
}
