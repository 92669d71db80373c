/**
 * How often each symbol occurs, and where a deflate block should end for it. The input is parsed in chunks. Each is counted on its own,
 * and joins the block if that costs fewer bits than a block of its own. To end blocks by statistics of coarse classes is libdeflate's idea.
 */

import { BLOCK_COUNTS, CHUNK_COUNTS, COUNTS_SIZE, DISTANCE_SYMBOLS_AT, LENGTH_SYMBOLS_AT } from "./memory";
import { distanceSymbol, lengthSymbol } from "./symbols";

/**
 * Bits that another block must save. That is less than its header takes, because classes show less of a difference than symbols. With 250
 * the output is 0.2 % smaller, which takes 4 % longer.
 */
const LEAST_SAVED: i32 = 400;

/** Bytes of sixteen counts. */
const CLASS_PAIR: usize = 64;

// @ts-ignore: AssemblyScript's decorator
@inline
function count(symbol: u32): void {
  const entry = <usize> symbol << 2;
  store<u32>(entry, load<u32>(entry, CHUNK_COUNTS) + 1, CHUNK_COUNTS);
}

// @ts-ignore: AssemblyScript's decorator
@inline
export function countLiteral(byte: u32): void {
  count(byte);
}

// @ts-ignore: AssemblyScript's decorator
@inline
export function countMatch(length: u32, distance: u32): void {
  count(LENGTH_SYMBOLS_AT + lengthSymbol(length));
  count(DISTANCE_SYMBOLS_AT + distanceSymbol(distance));
}

/** Forgets what was counted. */
export function clearCounts(): void {
  memory.fill(CHUNK_COUNTS, 0, COUNTS_SIZE);
  clearBlockCounts();
}

/** Forgets the block, but not the chunk. */
export function clearBlockCounts(): void {
  memory.fill(BLOCK_COUNTS, 0, COUNTS_SIZE);
}

/** Makes the chunk a part of the block. */
export function addChunkCounts(): void {
  for (let i: usize = 0; i < COUNTS_SIZE; i += 8) {
    store<u64>(i, load<u64>(i, BLOCK_COUNTS) + load<u64>(i, CHUNK_COUNTS), BLOCK_COUNTS);
  }
  memory.fill(CHUNK_COUNTS, 0, COUNTS_SIZE);
}

/**
 * Whether the chunk is so unlike the block that a block of its own is worth its header. Compares the entropies, after each sixteen
 * symbols are taken together as two classes, the even and the odd ones: two counts are added at once as one u64.
 */
export function chunkDiffers(): bool {
  let saved: i32 = 0;
  let blockTotal: i32 = 0;
  let chunkTotal: i32 = 0;
  for (let pair: usize = 0; pair < COUNTS_SIZE; pair += CLASS_PAIR) {
    let block: u64 = 0;
    let chunk: u64 = 0;
    for (let i = pair; i < pair + CLASS_PAIR; i += 8) {
      block += load<u64>(i, BLOCK_COUNTS);
      chunk += load<u64>(i, CHUNK_COUNTS);
    }
    saved += splitBits(<i32> block, <i32> chunk) + splitBits(<i32> (block >> 32), <i32> (chunk >> 32));
    blockTotal += <i32> block + <i32> (block >> 32);
    chunkTotal += <i32> chunk + <i32> (chunk >> 32);
  }
  return saved - splitBits(blockTotal, chunkTotal) > LEAST_SAVED;
}

// @ts-ignore: AssemblyScript's decorator
@inline
function splitBits(a: i32, b: i32): i32 {
  return timesLog(a) + timesLog(b) - timesLog(a + b);
}

/** About n log2 n: linear between powers of two, less a parabola. */
// @ts-ignore: AssemblyScript's decorator
@inline
function timesLog(n: i32): i32 {
  const log = 31 - clz(n | 1);
  const power = 1 << log;
  const bend = <i64> (n - power) * (2 * power - n) >> (log + 1);
  return (log + 2) * n - 2 * power - <i32> bend;
}
