/** Writes a deflate block from what the parser found (RFC 1951 §3.2). */

import { alignBits, flushBits, putBits, putBytes, putCode } from "./bits";
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
  DISTANCE_SYMBOLS,
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

const END_OF_BLOCK: u32 = 256;

/** The order in which the lengths of the code length code are sent (RFC 1951 §3.2.7). */
const CODE_ORDER = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);

/** Fills the tables of RFC 1951 §3.2.5. */
export function fillTables(): void {
  let length: u32 = 3;
  for (let symbol: u32 = 0; symbol < 29; symbol++) {
    const extra: u32 = symbol < 8 || symbol === 28 ? 0 : (symbol >> 2) - 1;
    // 258 has a symbol of its own, though the one before reaches it.
    if (symbol === 28) length = 258;
    store<u16>(LENGTH_BASES + symbol * 2, <u16> length);
    store<u8>(LENGTH_EXTRA + symbol, <u8> extra);
    for (let left: u32 = 1 << extra; left > 0; left--) {
      store<u8>(LENGTH_SYMBOLS + length++, <u8> symbol);
    }
  }
  let distance: u32 = 1;
  for (let symbol: u32 = 0; symbol < 30; symbol++) {
    const extra: u32 = symbol < 2 ? 0 : (symbol >> 1) - 1;
    store<u32>(DISTANCE_BASES + symbol * 4, distance);
    store<u8>(DISTANCE_EXTRA + symbol, <u8> extra);
    for (let left: u32 = 1 << extra; left > 0; left--) {
      store<u8>(distanceEntry(distance++), <u8> symbol);
    }
  }
}

// @ts-ignore: AssemblyScript's decorator
@inline
function distanceEntry(distance: u32): usize {
  const index = distance - 1;
  return DISTANCE_SYMBOLS + (index < 256 ? index : 256 + (index >> 7));
}

// @ts-ignore: AssemblyScript's decorator
@inline
function count(table: usize, symbol: u32): void {
  const entry = table + <usize> symbol * 4;
  store<u32>(entry, load<u32>(entry) + 1);
}

/** Forgets what was counted. */
export function clearCounts(): void {
  memory.fill(LITERAL_COUNTS, 0, (288 + 32) * 4);
}

// @ts-ignore: AssemblyScript's decorator
@inline
export function countLiteral(byte: u32): void {
  count(LITERAL_COUNTS, byte);
}

// @ts-ignore: AssemblyScript's decorator
@inline
export function countMatch(length: u32, distance: u32): void {
  count(LITERAL_COUNTS, 257 + load<u8>(LENGTH_SYMBOLS + length));
  count(DISTANCE_COUNTS, load<u8>(distanceEntry(distance)));
}

/**
 * Writes a block.
 *
 * @param from Where its input begins.
 * @param size Bytes of input, at most 65535.
 * @param sequencesEnd Where its sequences end.
 * @param tail Literals after the last match.
 */
export function writeBlock(from: usize, size: u32, sequencesEnd: usize, tail: u32): void {
  countLiteral(END_OF_BLOCK);
  buildCode(LITERAL_COUNTS, 286, 15, LITERAL_LENGTHS, LITERAL_CODES);
  buildCode(DISTANCE_COUNTS, 30, 15, DISTANCE_LENGTHS, DISTANCE_CODES);
  // 60 bytes are what the header of a dynamic block takes.
  if ((bodyBits() >> 3) + 60 > size) {
    writeStored(from, size);
    return;
  }
  writeHeader();
  mergeLengthCodes();
  writeBody(from, sequencesEnd, tail);
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

function writeStored(from: usize, size: u32): void {
  putBits(0, 3);
  alignBits();
  putBits(size, 16);
  putBits(~size & 0xffff, 16);
  flushBits();
  putBytes(from, size);
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
  count(CODE_COUNTS, symbol);
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

// @ts-ignore: AssemblyScript's decorator
@inline
function putLiteral(at: usize): void {
  putCode(load<u32>(LITERAL_CODES + <usize> load<u8>(at) * 4));
}

function writeBody(from: usize, sequencesEnd: usize, tail: u32): void {
  let at = from;
  for (let sequence: usize = SEQUENCES;; sequence += 8) {
    const last = sequence >= sequencesEnd;
    let literals: u32 = last ? tail : load<u32>(sequence);
    // Three codes of at most 15 bits, with the 7 that may be left over, fit the buffer; so do a match's 48.
    for (; literals >= 3; literals -= 3, at += 3) {
      putLiteral(at);
      putLiteral(at + 1);
      putLiteral(at + 2);
      flushBits();
    }
    // The last two without a branch: it would be mispredicted every other time.
    putCode(select<u32>(load<u32>(LITERAL_CODES + <usize> load<u8>(at) * 4), 0, literals > 0));
    putCode(select<u32>(load<u32>(LITERAL_CODES + <usize> load<u8>(at + 1) * 4), 0, literals > 1));
    at += literals;
    flushBits();
    if (last) break;
    const length: u32 = load<u16>(sequence + 4);
    const distance: u32 = <u32> load<u16>(sequence + 6) + 1;
    putCode(load<u32>(LENGTH_ENCODED + length * 4));
    const symbol: u32 = load<u8>(distanceEntry(distance));
    putCode(load<u32>(DISTANCE_CODES + symbol * 4));
    putBits(
      distance - load<u32>(DISTANCE_BASES + symbol * 4),
      load<u8>(DISTANCE_EXTRA + symbol),
    );
    flushBits();
    at += length;
  }
  putCode(load<u32>(LITERAL_CODES + END_OF_BLOCK * 4));
  flushBits();
}
