/**
 * Deflate (RFC 1951) for blocks of up to 1 MiB: a quick search and a thorough one, greedy or lazy parsing, dynamic Huffman codes. What
 * comes out is a whole number of bytes and not the last of its stream, so that blocks can follow each other. It does what zlib does, in
 * the manner of libdeflate: sequences are collected first and written afterwards, through 64 bits of buffer.
 */

import { alignBits, bytesEnd, putBits, startBits } from "./bits";
import { writeBlock, writeStored } from "./block";
import { clearMatches, parseThoroughly } from "./chains";
import { addChunkCounts, chunkDiffers, clearBlockCounts, clearCounts } from "./counts";
import { CHUNK, INPUT, MOST_SEQUENCES, NOISE_PIECE, OUTPUT, SEQUENCES } from "./memory";
import { isNoise } from "./noise";
import { clearBuckets, parseQuickly } from "./quick";
import { clearSequences, dropSequences, sequencesEnd } from "./sequences";
import { fillTables } from "./symbols";

/** So few earlier places are looked at by the quick search. */
const QUICK_DEPTH: u32 = 2;

/** Chunks without a match after which what follows may be noise. */
const QUIET_CHUNKS: u32 = NOISE_PIECE / CHUNK;

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
 * @param depth Earlier places that are looked at for each byte; up to 2 choose the quick search, which always looks at two.
 * @param enough Length of a match at which to look no further; in the quick search, 0 to remember fewer places within a match.
 * @param lazy Length of a match below which the next byte is tried too; 0 for never.
 * @returns Bytes of output.
 */
export function compress(size: u32, depth: u32, enough: u32, lazy: u32): u32 {
  const quick = depth <= QUICK_DEPTH;
  if (quick) clearBuckets();
  else clearMatches();
  clearCounts();
  clearSequences();
  startBits(OUTPUT);
  const end: usize = INPUT + size;
  // Both searches read past the end: the bytes there must not depend on the block before.
  store<u64>(end, 0);
  let from: usize = INPUT;
  let at = from;
  let quiet: u32 = 0;
  while (at < end) {
    const chunk = at;
    const known = sequencesEnd();
    const stop = min<usize>(chunk + CHUNK, end);
    at = quick
      ? parseQuickly(at, stop, end, enough > 0, lazy)
      : parseThoroughly(at, stop, end, depth, enough, lazy);
    const isQuiet = sequencesEnd() === known;
    if (chunk > from && chunkDiffers()) {
      endBlock(from, chunk, known);
      from = chunk;
    }
    addChunkCounts();
    if (sequencesEnd() > SEQUENCES + 8 * MOST_SEQUENCES) {
      endBlock(from, at, sequencesEnd());
      from = at;
    }
    quiet = isQuiet ? quiet + 1 : 0;
    if (quiet < QUIET_CHUNKS) continue;
    quiet = 0;
    const noiseEnd = skipNoise(at, end);
    if (noiseEnd === at) continue;
    if (at > from) endBlock(from, at, sequencesEnd());
    writeStored(at, noiseEnd);
    from = at = noiseEnd;
  }
  if (at > from) endBlock(from, at, sequencesEnd());
  // A sync flush: an empty stored block, whose lengths end on a byte.
  putBits(0, 3);
  alignBits();
  store<u32>(bytesEnd(), 0xffff0000);
  return <u32> (bytesEnd() + 4 - OUTPUT);
}

/** Where the pieces of noise end that begin at an address. What repeats in them is not looked for: they take a seventh of the time. */
function skipNoise(at: usize, end: usize): usize {
  while (at + NOISE_PIECE <= end && isNoise(at)) at += NOISE_PIECE;
  return at;
}

/** Writes a deflate block, and forgets what it was made of. */
function endBlock(from: usize, until: usize, sequences: usize): void {
  writeBlock(from, until, sequences);
  clearBlockCounts();
  dropSequences(sequences);
}
