/**
 * Deflate in WebAssembly, for runtimes that have no `node:zlib` and for threads of those that have. On the same data it takes two
 * thirds of the time of zlib-ng for as many bytes, and the bytes are the same on every runtime: see `scripts/bench/`.
 */

import type { Bytes } from "../../base/bytes.ts";

/** The largest block of a {@linkcode Deflater} in bytes. */
export const DEFLATE_BLOCK_SIZE: number = 1024 * 1024;

/**
 * How hard the kernel searches: places to look at, length that is enough, length below which the next byte is tried too. Up to two places
 * choose another search, in which the second number says how many places within a match are remembered.
 */
export type DeflateSettings = readonly [depth: number, enough: number, lazy: number];

/**
 * The settings of the levels 1 to 9. One thread compresses 261, 248, 226, 160, 148, 127, 105, 85 and 56 MB/s of a mixture of sources and
 * binaries, to 93, 91, 90, 87, 86, 85, 84, 83 and 83 % of what crane makes of it; zlib-ng's levels 3 and 6 147 and 89 MB/s, to 90 and 86 %.
 */
const LEVELS: readonly DeflateSettings[] = [
  [2, 4, 0],
  [2, 8, 8],
  [2, 64, 16],
  [4, 24, 12],
  [6, 32, 16],
  [12, 64, 32],
  [24, 128, 64],
  [64, 258, 128],
  [256, 258, 258],
];

/** Smaller and sooner there than crane's, which uses Go's level 1: see `scripts/bench/`. */
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

/** Compresses blocks, each without a look at those before it. */
export class Deflater {
  readonly #kernel: Kernel;
  readonly #settings: DeflateSettings;
  readonly #memory: Bytes;

  /** @param module Of `deflateModule()`: threads get it from the main one. */
  constructor(module: WebAssembly.Module, settings: DeflateSettings) {
    const { exports } = new WebAssembly.Instance(module);
    this.#kernel = exports as unknown as Kernel;
    this.#kernel.initialize();
    this.#memory = new Uint8Array(this.#kernel.memory.buffer as ArrayBuffer);
    this.#settings = settings;
  }

  /** Where blocks may lie: from there they are not copied. */
  get input(): Bytes {
    const start = this.#kernel.inputAddress();
    return this.#memory.subarray(start, start + DEFLATE_BLOCK_SIZE);
  }

  /**
   * Compresses a block to raw deflate that ends on a byte and is not the last of its stream.
   *
   * @param block At most `DEFLATE_BLOCK_SIZE` bytes; of the kernel's own memory, only the beginning of {@linkcode input}.
   * @returns Memory of the kernel, good until the next block.
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
