/** Writes a deflate block from what the parser found (RFC 1951 §3.2). */

import { alignBits, bitCount, bytesEnd, flushBits, pendingBits, putBits, putBytes, putCode, resumeBits } from "./bits";
import { buildCode } from "./huffman";
import {
  CODE_CODES,
  CODE_COUNTS,
  CODE_LENGTHS,
  DISTANCE_BASES,
  DISTANCE_CODES,
  DISTANCE_COUNTS,
  DISTANCE_EXTRA,
  DISTANCE_LENGTHS,
  LENGTH_BASES,
  LENGTH_ENCODED,
  LENGTH_EXTRA,
  LENGTH_SYMBOLS,
  LITERAL_CODES,
  LITERAL_COUNTS,
  LITERAL_LENGTHS,
  RUNS,
  SEQUENCES,
} from "./memory";
import { distanceSymbol } from "./symbols";

const END_OF_BLOCK: u32 = 256;

/** The order in which the lengths of the code length code are sent (RFC 1951 §3.2.7). */
const CODE_ORDER = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);

/**
 * Writes a block.
 *
 * @param from Where its input begins.
 * @param until Where its input ends.
 * @param sequencesEnd Where its sequences end.
 */
export function writeBlock(from: usize, until: usize, sequencesEnd: usize): void {
  store<u32>(LITERAL_COUNTS + END_OF_BLOCK * 4, 1);
  buildCode(LITERAL_COUNTS, 286, 15, LITERAL_LENGTHS, LITERAL_CODES);
  buildCode(DISTANCE_COUNTS, 30, 15, DISTANCE_LENGTHS, DISTANCE_CODES);
  // 60 bytes are what the header of a dynamic block takes.
  if ((bodyBits() >> 3) + 60 > <u32> (until - from)) {
    writeStored(from, until);
    return;
  }
  writeHeader();
  mergeLengthCodes();
  mergeDistanceCodes();
  writeBody(from, until, sequencesEnd);
}

function bodyBits(): u32 {
  let bits: u32 = 0;
  for (let symbol: u32 = 0; symbol < 286; symbol++) {
    const extra: u32 = symbol > END_OF_BLOCK ? load<u8>(LENGTH_EXTRA + symbol - 257) : 0;
    bits += load<u32>(LITERAL_COUNTS + symbol * 4) * (load<u8>(LITERAL_LENGTHS + symbol) + extra);
  }
  for (let symbol: u32 = 0; symbol < 30; symbol++) {
    const extra: u32 = load<u8>(DISTANCE_EXTRA + symbol);
    bits += load<u32>(DISTANCE_COUNTS + symbol * 4) * (load<u8>(DISTANCE_LENGTHS + symbol) + extra);
  }
  return bits;
}

/** Writes what is not compressed, in blocks whose length is a u16 (RFC 1951 §3.2.4). */
export function writeStored(from: usize, until: usize): void {
  while (from < until) {
    const size = min<usize>(until - from, 65535);
    putBits(0, 3);
    alignBits();
    putBits(size, 16);
    putBits(~size & 0xffff, 16);
    flushBits();
    putBytes(from, size);
    from += size;
  }
}

/** The code lengths, in run-length code, in a Huffman code of their own (RFC 1951 §3.2.7). */
function writeHeader(): void {
  const literals = usedSymbols(LITERAL_LENGTHS, 286, 257);
  const distances = usedSymbols(DISTANCE_LENGTHS, 30, 1);
  memory.copy(LITERAL_LENGTHS + literals, DISTANCE_LENGTHS, distances);
  const runsEnd = findRuns(literals + distances);
  buildCode(CODE_COUNTS, 19, 7, CODE_LENGTHS, CODE_CODES);
  let codes: u32 = 19;
  while (codes > 4 && load<u8>(CODE_LENGTHS + load<u8>(CODE_ORDER + codes - 1)) === 0) codes--;

  putBits(2 << 1, 3);
  putBits(literals - 257, 5);
  putBits(distances - 1, 5);
  putBits(codes - 4, 4);
  flushBits();
  for (let i: u32 = 0; i < codes; i++) {
    putBits(load<u8>(CODE_LENGTHS + load<u8>(CODE_ORDER + i)), 3);
    flushBits();
  }
  for (let run = RUNS; run < runsEnd; run += 2) {
    const symbol: u32 = load<u8>(run);
    putCode(load<u32>(CODE_CODES + symbol * 4));
    if (symbol >= 16) putBits(load<u8>(run + 1), symbol === 16 ? 2 : symbol === 17 ? 3 : 7);
    flushBits();
  }
}

function usedSymbols(lengths: usize, size: u32, least: u32): u32 {
  while (size > least && load<u8>(lengths + size - 1) === 0) size--;
  return size;
}

let runEnd: usize = 0;

function putRun(symbol: u32, extra: u32): void {
  store<u8>(runEnd, <u8> symbol);
  store<u8>(runEnd + 1, <u8> extra);
  runEnd += 2;
  const count = CODE_COUNTS + <usize> symbol * 4;
  store<u32>(count, load<u32>(count) + 1);
}

function findRuns(size: u32): usize {
  memory.fill(CODE_COUNTS, 0, 32 * 4);
  runEnd = RUNS;
  for (let i: u32 = 0; i < size;) {
    const length = load<u8>(LITERAL_LENGTHS + i);
    let left: u32 = 1;
    while (i + left < size && load<u8>(LITERAL_LENGTHS + i + left) === length) left++;
    i += left;
    if (length === 0) {
      while (left >= 11) {
        const part = min<u32>(left, 138);
        putRun(18, part - 11);
        left -= part;
      }
      if (left >= 3) {
        putRun(17, left - 3);
        left = 0;
      }
    } else if (left > 3) {
      putRun(length, 0);
      left--;
      while (left >= 3) {
        const part = min<u32>(left, 6);
        putRun(16, part - 3);
        left -= part;
      }
    }
    for (; left > 0; left--) putRun(length, 0);
  }
  return runEnd;
}

/** One table from a match's length to its code together with its extra bits. */
function mergeLengthCodes(): void {
  for (let length: u32 = 3; length <= 258; length++) {
    const symbol: u32 = load<u8>(LENGTH_SYMBOLS + length);
    const code = load<u32>(LITERAL_CODES + (257 + symbol) * 4);
    const bits = code >> 24;
    const extra = length - load<u16>(LENGTH_BASES + symbol * 2);
    const allBits = bits + load<u8>(LENGTH_EXTRA + symbol);
    store<u32>(LENGTH_ENCODED + length * 4, code & 0xffffff | extra << bits | allBits << 24);
  }
}

/** Puts the number of a distance's extra bits beside its code, above the 16 bits that it may take. */
function mergeDistanceCodes(): void {
  for (let symbol: u32 = 0; symbol < 30; symbol++) {
    const code = DISTANCE_CODES + symbol * 4;
    store<u8>(code + 2, load<u8>(DISTANCE_EXTRA + symbol));
  }
}

// @ts-ignore: AssemblyScript's decorator
@inline
function literalCode(at: usize): u32 {
  return load<u32>(<usize> load<u8>(at) << 2, LITERAL_CODES);
}

/** Adds to the stream as `bits.as` does, but in locals. */
function writeBody(from: usize, until: usize, sequencesEnd: usize): void {
  let at = from;
  let bits = pendingBits();
  let size = bitCount();
  let out = bytesEnd();
  for (let sequence: usize = SEQUENCES;; sequence += 8) {
    const last = sequence >= sequencesEnd;
    let literals = (last ? until : <usize> load<u32>(sequence)) - at;
    // Three codes of at most 15 bits, with the 7 that may be left over, fit the buffer.
    for (; literals >= 3; literals -= 3, at += 3) {
      const one = literalCode(at);
      const two = literalCode(at + 1);
      const three = literalCode(at + 2);
      bits |= <u64> (one & 0xffff) << size;
      size += one >> 24;
      bits |= <u64> (two & 0xffff) << size;
      size += two >> 24;
      bits |= <u64> (three & 0xffff) << size;
      size += three >> 24;
      store<u64>(out, bits);
      out += <usize> (size >> 3);
      bits >>= size & 0x38;
      size &= 7;
    }
    // The last two without a branch: it would be mispredicted every other time.
    const one = select<u32>(literalCode(at), 0, literals > 0);
    const two = select<u32>(literalCode(at + 1), 0, literals > 1);
    bits |= <u64> (one & 0xffff | (two & 0xffff) << (one >> 24)) << size;
    size += (one >> 24) + (two >> 24);
    if (last) break;
    const length: u32 = load<u16>(sequence, 4);
    const lengthCode = load<u32>(<usize> length << 2, LENGTH_ENCODED);
    const distance: u32 = <u32> load<u16>(sequence, 6) + 1;
    const symbol = <usize> distanceSymbol(distance) << 2;
    const code = load<u32>(symbol, DISTANCE_CODES);
    const distanceCode = code & 0xffff | (distance - load<u32>(symbol, DISTANCE_BASES)) << (code >> 24);
    // A match takes up to 48 bits, and seldom so many that they do not fit beside its literals.
    const matchSize: u64 = (lengthCode >> 24) + (code >> 24) + (code >> 16 & 0xff);
    if (size + matchSize > 63) {
      store<u64>(out, bits);
      out += <usize> (size >> 3);
      bits >>= size & 0x38;
      size &= 7;
    }
    bits |= (<u64> (lengthCode & 0xffffff) | <u64> distanceCode << (lengthCode >> 24)) << size;
    size += matchSize;
    store<u64>(out, bits);
    out += <usize> (size >> 3);
    bits >>= size & 0x38;
    size &= 7;
    at += literals + length;
  }
  resumeBits(bits, size, out);
  putCode(load<u32>(LITERAL_CODES + END_OF_BLOCK * 4));
  flushBits();
}
