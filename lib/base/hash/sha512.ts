/** SHA-512 in TypeScript (FIPS 180-4, RFC 6234), since Web Crypto takes no streams. It is rare in images, and so written short, not fast. */

import type { Bytes } from "../bytes.ts";
import type { CreateHasher, Hasher } from "./hasher.ts";

/** Bytes that the compression function takes at a time. */
const BLOCK_SIZE = 128;
const ROUNDS = 80;
const WORD = 2 ** 32;

/** 64-bit numbers as pairs of 32-bit halves, the upper one first. */
type Words = Int32Array<ArrayBuffer>;

/** Round constants from RFC 6234 §5.2: fractions of the cube roots of the first 80 primes. Computed when they are first needed. */
let roundConstants: Words | undefined;

/** Makes an incremental SHA-512; `update` and `digest` are synchronous, and `update` keeps nothing of its argument. */
export const createSha512: CreateHasher = (): Hasher => new Sha512();

class Sha512 implements Hasher {
  /** Initial state from RFC 6234 §6.3: fractions of the square roots of the first eight primes. */
  readonly #state: Words = fractions(8, 2n);
  readonly #constants: Words = roundConstants ??= fractions(ROUNDS, 3n);
  readonly #schedule: Words = new Int32Array(2 * ROUNDS);
  /** The beginning of an incomplete block. */
  readonly #pending = new Uint8Array(BLOCK_SIZE);
  #size = 0;

  update(chunk: Bytes): void {
    for (let offset = 0; offset < chunk.length;) {
      const filled = this.#size % BLOCK_SIZE;
      const part = chunk.subarray(offset, offset + BLOCK_SIZE - filled);
      this.#pending.set(part, filled);
      this.#size += part.length;
      offset += part.length;
      if (this.#size % BLOCK_SIZE === 0) this.#hashBlock();
    }
  }

  digest(): Bytes {
    // RFC 6234 §4.2: a one bit, zeros, and the length in bits as 128 bits that end a block.
    const bits = BigInt(this.#size) * 8n;
    const zeros = (2 * BLOCK_SIZE - 17 - this.#size % BLOCK_SIZE) % BLOCK_SIZE;
    const padding = new Uint8Array(1 + zeros + 16);
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(padding.length - 8, bits);
    this.update(padding);
    const digest = new DataView(new ArrayBuffer(64));
    this.#state.forEach((word, index) => digest.setInt32(index * 4, word));
    return new Uint8Array(digest.buffer);
  }

  #hashBlock(): void {
    const view = new DataView(this.#pending.buffer);
    for (let index = 0; index < 32; index++) this.#schedule[index] = view.getInt32(index * 4);
    extendSchedule(this.#schedule);
    compress(this.#state, this.#constants, this.#schedule);
  }
}

/** Fills the schedule after its first 16 words (RFC 6234 §6.4, step 1). The casts are for indexes that are in range. */
function extendSchedule(w: Words): void {
  for (let i = 32; i < 2 * ROUNDS; i += 2) {
    const high15 = w[i - 30] as number;
    const low15 = w[i - 29] as number;
    const high2 = w[i - 4] as number;
    const low2 = w[i - 3] as number;
    const sigma0High = rotate(high15, low15, 1) ^ rotate(high15, low15, 8) ^ high15 >>> 7;
    const sigma0Low = rotate(low15, high15, 1) ^ rotate(low15, high15, 8) ^
      (low15 >>> 7 | high15 << 25);
    const sigma1High = rotate(high2, low2, 19) ^ rotate(low2, high2, 29) ^ high2 >>> 6;
    const sigma1Low = rotate(low2, high2, 19) ^ rotate(high2, low2, 29) ^
      (low2 >>> 6 | high2 << 26);
    const low = (w[i - 31] as number >>> 0) + (sigma0Low >>> 0) + (w[i - 13] as number >>> 0) +
      (sigma1Low >>> 0);
    w[i] = (w[i - 32] as number) + sigma0High + (w[i - 14] as number) + sigma1High + carry(low);
    w[i + 1] = low | 0;
  }
}

/** The compression function (RFC 6234 §6.4, steps 2 to 4). */
function compress(state: Words, constants: Words, w: Words): void {
  // Working variables a to h, two places each.
  const v = state.slice();
  for (let i = 0; i < 2 * ROUNDS; i += 2) {
    const [aHigh, aLow, bHigh, bLow, cHigh, cLow] = [v[0], v[1], v[2], v[3], v[4], v[5]] as Six;
    const [eHigh, eLow, fHigh, fLow, gHigh, gLow] = [v[8], v[9], v[10], v[11], v[12], v[13]] as Six;
    const sum1High = rotate(eHigh, eLow, 14) ^ rotate(eHigh, eLow, 18) ^ rotate(eLow, eHigh, 9);
    const sum1Low = rotate(eLow, eHigh, 14) ^ rotate(eLow, eHigh, 18) ^ rotate(eHigh, eLow, 9);
    const t1Low = (v[15] as number >>> 0) + (sum1Low >>> 0) +
      ((gLow ^ eLow & (fLow ^ gLow)) >>> 0) +
      (constants[i + 1] as number >>> 0) + (w[i + 1] as number >>> 0);
    const t1High = (v[14] as number) + sum1High + (gHigh ^ eHigh & (fHigh ^ gHigh)) +
        (constants[i] as number) + (w[i] as number) + carry(t1Low) | 0;
    const sum0High = rotate(aHigh, aLow, 28) ^ rotate(aLow, aHigh, 2) ^ rotate(aLow, aHigh, 7);
    const sum0Low = rotate(aLow, aHigh, 28) ^ rotate(aHigh, aLow, 2) ^ rotate(aHigh, aLow, 7);
    const majorityHigh = aHigh & bHigh ^ cHigh & (aHigh ^ bHigh);
    const majorityLow = aLow & bLow ^ cLow & (aLow ^ bLow);
    const dLow = (v[7] as number >>> 0) + (t1Low >>> 0);
    const dHigh = (v[6] as number) + t1High + carry(dLow);
    v.copyWithin(2, 0, 14);
    v[8] = dHigh;
    v[9] = dLow | 0;
    const low = (t1Low >>> 0) + (sum0Low >>> 0) + (majorityLow >>> 0);
    v[0] = t1High + sum0High + majorityHigh + carry(low);
    v[1] = low | 0;
  }
  for (let i = 0; i < 16; i += 2) {
    const low = (state[i + 1] as number >>> 0) + (v[i + 1] as number >>> 0);
    state[i] = (state[i] as number) + (v[i] as number) + carry(low);
    state[i + 1] = low | 0;
  }
}

type Six = [number, number, number, number, number, number];

/** The upper half of a number rotated to the right by less than 32; with the halves exchanged, the lower half. */
function rotate(high: number, low: number, bits: number): number {
  return high >>> bits | low << (32 - bits);
}

/** The carry of a sum of unsigned lower halves. */
function carry(low: number): number {
  return low / WORD | 0;
}

/** The first 64 fractional bits of the roots of the first primes. */
function fractions(count: number, degree: bigint): Words {
  const words: Words = new Int32Array(2 * count);
  for (let prime = 2, index = 0; index < count; prime++) {
    if (!isPrime(prime)) continue;
    const root = integerRoot(BigInt(prime) << (64n * degree), degree);
    words[2 * index] = Number(root >> 32n & 0xffffffffn) | 0;
    words[2 * index + 1] = Number(root & 0xffffffffn) | 0;
    index++;
  }
  return words;
}

function isPrime(number: number): boolean {
  for (let factor = 2; factor * factor <= number; factor++) {
    if (number % factor === 0) return false;
  }
  return true;
}

/** The largest whole number whose power is not above a value, by Newton's method from above. */
function integerRoot(value: bigint, degree: bigint): bigint {
  let root = 1n << (BigInt(value.toString(2).length) / degree + 1n);
  while (true) {
    const next = ((degree - 1n) * root + value / root ** (degree - 1n)) / degree;
    if (next >= root) return root;
    root = next;
  }
}
