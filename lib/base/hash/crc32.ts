/** CRC-32 of gzip and zip (RFC 1952 §8), for runtimes without `node:zlib`. */

import type { Bytes } from "../bytes.ts";

/** The polynomial of RFC 1952 §8, bits reversed. */
const POLYNOMIAL = 0xedb88320;

/** Remainders of each byte, and in three further tables, of each byte followed by one, two and three zero bytes. */
let tables: Int32Array | undefined;

function makeTables(): Int32Array {
  const made = new Int32Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = (remainder & 1) === 1 ? remainder >>> 1 ^ POLYNOMIAL : remainder >>> 1;
    }
    made[byte] = remainder;
  }
  for (let entry = 256; entry < made.length; entry++) {
    const before = made[entry - 256] ?? 0;
    made[entry] = before >>> 8 ^ (made[before & 255] ?? 0);
  }
  return made;
}

/**
 * Computes a checksum.
 *
 * @param previous The checksum of the bytes before.
 * @returns an unsigned integer.
 */
export function crc32(bytes: Bytes, previous: number = 0): number {
  const table = tables ??= makeTables();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let crc = ~previous;
  let offset = 0;
  // Four bytes at a time, which is three times as fast. The casts are for indexes that are in range.
  for (; offset + 4 <= bytes.length; offset += 4) {
    const word = crc ^ view.getInt32(offset, true);
    crc = (table[768 + (word & 255)] as number) ^ (table[512 + (word >>> 8 & 255)] as number) ^
      (table[256 + (word >>> 16 & 255)] as number) ^ (table[word >>> 24] as number);
  }
  for (; offset < bytes.length; offset++) {
    crc = crc >>> 8 ^ (table[(crc ^ view.getUint8(offset)) & 255] as number);
  }
  return ~crc >>> 0;
}
