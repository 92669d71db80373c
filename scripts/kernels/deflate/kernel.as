/**
 * Deflate (RFC 1951) for blocks of up to 1 MiB: hash chains, greedy or lazy parsing, dynamic Huffman codes. What comes out is a whole
 * number of bytes and not the last of its stream, so that blocks can follow each other. It does what zlib does, in the manner of
 * libdeflate: sequences are collected first and written afterwards, through 64 bits of buffer.
 */

import { alignBits, bytesEnd, putBits, startBits } from "./bits";
import { clearCounts, countLiteral, countMatch, fillTables, writeBlock } from "./block";
import { clearMatches, distance, findMatch, insert, insertFully } from "./matches";
import { INPUT, MOST_COVERED, MOST_SEQUENCES, OUTPUT, SEQUENCES } from "./memory";

/** Where the block goes. */
export function inputAddress(): usize {
  return INPUT;
}

/** Where the compressed bytes are afterwards. */
export function outputAddress(): usize {
  return OUTPUT;
}

/** To be called once, before anything else. */
export function initialize(): void {
  fillTables();
}

/**
 * Compresses the block.
 *
 * @param size Bytes, at most 1 MiB.
 * @param depth Earlier places that are looked at for each byte.
 * @param enough Length of a match at which to look no further.
 * @param lazy Length of a match below which the next byte is tried too; 0 for never.
 * @returns Bytes of output.
 */
export function compress(size: u32, depth: u32, enough: u32, lazy: u32): u32 {
  clearMatches();
  startBits(OUTPUT);
  const end: usize = INPUT + size;
  // Searches read past the end: the bytes there must not depend on the block before.
  store<u64>(end, 0);
  let at: usize = INPUT;
  while (at < end) {
    clearCounts();
    const from = at;
    const stop = min<usize>(from + MOST_COVERED - LONGEST, end);
    let sequence: usize = SEQUENCES;
    let literals = at;
    while (at < stop && sequence < SEQUENCES + MOST_SEQUENCES * 8) {
      let length = findMatch(at, end, 0, depth, enough);
      if (length === 0) {
        // The longer nothing was found, the wider the steps: what is compressed already passes quickly.
        const next = min<usize>(at + 1 + ((at - literals) >> 8), stop);
        do countLiteral(load<u8>(at)); while (++at < next);
        continue;
      }
      let back = distance;
      while (length < lazy && at + 1 < stop) {
        const better = findMatch(at + 1, end, length, depth >> 1, enough);
        if (better <= length) break;
        countLiteral(load<u8>(at++));
        length = better;
        back = distance;
      }
      store<u32>(sequence, <u32> (at - literals));
      store<u16>(sequence + 4, <u16> length);
      store<u16>(sequence + 6, <u16> (back - 1));
      sequence += 8;
      countMatch(length, back);
      literals = at + length;
      // The first place is known, and with lazy parsing the second one too, unless the match was long at once.
      at += lazy > 0 ? 2 : 1;
      const inserted = min<usize>(literals, end - 4);
      if (depth > QUICK_DEPTH) for (; at < inserted; at++) insertFully(at);
      else for (const few = min<usize>(inserted, at + QUICK_INSERTS); at < few; at++) insert(at);
      at = literals;
    }
    writeBlock(from, <u32> (at - from), sequence, <u32> (at - literals));
  }
  // A sync flush: an empty stored block, whose lengths end on a byte.
  putBits(0, 3);
  alignBits();
  store<u32>(bytesEnd(), 0xffff0000);
  return <u32> (bytesEnd() + 4 - OUTPUT);
}

/** With a search up to this deep, only so many places within a match are remembered: 8 % faster at 1 % more bytes. */
const QUICK_DEPTH: u32 = 4;
const QUICK_INSERTS: usize = 8;

/** Bytes of the longest match: a deflate block may cover as many more than it was asked to. */
const LONGEST: usize = 258;
