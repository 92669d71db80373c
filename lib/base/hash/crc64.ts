/** CRC-64 of ISO 3309, as in Go's `hash/crc64`, by which tar-split checks contents. */

import type { Bytes } from "../bytes.ts";

/** The polynomial of ISO 3309, bits reversed. */
const POLYNOMIAL = 0xd800000000000000n;

/** The upper and lower halves of the remainder of each byte, since JavaScript has no fast 64-bit integers. */
let halves: { readonly high: Int32Array; readonly low: Int32Array } | undefined;

function makeHalves(): { readonly high: Int32Array; readonly low: Int32Array } {
  const high = new Int32Array(256);
  const low = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) {
      remainder = (remainder & 1n) === 1n ? remainder >> 1n ^ POLYNOMIAL : remainder >> 1n;
    }
    high[byte] = Number(remainder >> 32n) | 0;
    low[byte] = Number(remainder & 0xffffffffn) | 0;
  }
  return { high, low };
}

/** An incremental checksum. */
export class Crc64 {
  #high = -1;
  #low = -1;

  /** Adds bytes. */
  update(bytes: Bytes): void {
    const table = halves ??= makeHalves();
    let high = this.#high;
    let low = this.#low;
    for (let at = 0; at < bytes.length; at++) {
      const index = (low ^ (bytes[at] as number)) & 255;
      low = (low >>> 8 | high << 24) ^ (table.low[index] as number);
      high = high >>> 8 ^ (table.high[index] as number);
    }
    this.#high = high;
    this.#low = low;
  }

  /** The checksum in big-endian order. */
  digest(): Bytes {
    const view = new DataView(new ArrayBuffer(8));
    view.setInt32(0, ~this.#high);
    view.setInt32(4, ~this.#low);
    return new Uint8Array(view.buffer);
  }
}
