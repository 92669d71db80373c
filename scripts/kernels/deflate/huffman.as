/** Huffman codes of limited length (RFC 1951 §3.2.2). */

import { LENGTH_COUNTS, NEXT_CODES, PLACES, SORTED, TREE } from "./memory";

/** Symbols that occur so often are sorted by insertion. */
const FREQUENT: u32 = 255;

// @ts-ignore: AssemblyScript's decorator
@inline
function at(table: usize, index: u32): u32 {
  return load<u32>(table + <usize> index * 4);
}

// @ts-ignore: AssemblyScript's decorator
@inline
function put(table: usize, index: u32, value: u32): void {
  store<u32>(table + <usize> index * 4, value);
}

/** Makes code lengths of at most `limit` bits, and the codes, for `size` symbols. */
export function buildCode(
  counts: usize,
  size: u32,
  limit: u32,
  lengths: usize,
  codes: usize,
): void {
  memory.fill(lengths, 0, size);
  memory.fill(codes, 0, size * 4);
  const used = sortSymbols(counts, size);
  if (used < 2) {
    // Two codes of one bit, though at most one is needed: some decoders refuse a code that is not complete.
    const symbol = used === 1 ? at(SORTED, 0) & 511 : 0;
    store<u8>(lengths + symbol, 1);
    store<u8>(lengths + (symbol === 0 ? 1 : 0), 1);
  } else {
    buildTree(used);
    countLengths(used);
    limitLengths(limit);
    // The rarest symbols get the longest codes.
    let next: u32 = 0;
    for (let length = limit; length > 0; length--) {
      for (let left = at(LENGTH_COUNTS, length); left > 0; left--) {
        store<u8>(lengths + (at(SORTED, next++) & 511), <u8> length);
      }
    }
  }
  assignCodes(lengths, size, limit, codes);
}

/**
 * Puts the symbols that occur in `SORTED`, the rarest first, and returns how many they are. Most are rare enough for a counting sort;
 * the few above are left to insertion.
 */
function sortSymbols(counts: usize, size: u32): u32 {
  memory.fill(PLACES, 0, (FREQUENT + 1) * 4);
  for (let symbol: u32 = 0; symbol < size; symbol++) {
    const rank = min<u32>(at(counts, symbol), FREQUENT);
    put(PLACES, rank, at(PLACES, rank) + 1);
  }
  let used: u32 = 0;
  for (let rank: u32 = 1; rank <= FREQUENT; rank++) {
    const symbols = at(PLACES, rank);
    put(PLACES, rank, used);
    used += symbols;
  }
  const frequent = at(PLACES, FREQUENT);
  for (let symbol: u32 = 0; symbol < size; symbol++) {
    const count = at(counts, symbol);
    if (count === 0) continue;
    const rank = min<u32>(count, FREQUENT);
    let place = at(PLACES, rank);
    put(PLACES, rank, place + 1);
    const value = count << 9 | symbol;
    if (rank === FREQUENT) {
      for (; place > frequent && at(SORTED, place - 1) > value; place--) {
        put(SORTED, place, at(SORTED, place - 1));
      }
    }
    put(SORTED, place, value);
  }
  return used;
}

/** Depths of the inner nodes, in place: Moffat and Katajainen, "In-place calculation of minimum-redundancy codes", 1995. */
function buildTree(size: u32): void {
  for (let i: u32 = 0; i < size; i++) put(TREE, i, at(SORTED, i) >>> 9);
  put(TREE, 0, at(TREE, 0) + at(TREE, 1));
  let leaf: u32 = 2;
  let root: u32 = 0;
  for (let next: u32 = 1; next < size - 1; next++) {
    let sum: u32 = 0;
    for (let child = 0; child < 2; child++) {
      const inner = leaf >= size || (root < next && at(TREE, root) < at(TREE, leaf));
      if (inner) {
        sum += at(TREE, root);
        put(TREE, root++, next);
      } else sum += at(TREE, leaf++);
    }
    put(TREE, next, sum);
  }
  put(TREE, size - 2, 0);
  for (let i = <i32> size - 3; i >= 0; i--) put(TREE, i, at(TREE, at(TREE, i)) + 1);
}

/** From the depths of the inner nodes to the number of leaves at each depth. */
function countLengths(size: u32): void {
  memory.fill(LENGTH_COUNTS, 0, 64 * 4);
  let inner = <i32> size - 2;
  let depth: u32 = 0;
  let available: u32 = 1;
  while (available > 0) {
    let nodes: u32 = 0;
    while (inner >= 0 && at(TREE, inner) === depth) {
      nodes++;
      inner--;
    }
    // A count is below 2^23 (`SORTED`), so that no leaf lies deeper than 33.
    put(LENGTH_COUNTS, depth, available - nodes);
    available = 2 * nodes;
    depth++;
  }
}

/** Shortens what is too long, and lengthens others until the code is complete again (Kraft's sum is one). */
function limitLengths(limit: u32): void {
  for (let length = limit + 1; length < 64; length++) {
    put(LENGTH_COUNTS, limit, at(LENGTH_COUNTS, limit) + at(LENGTH_COUNTS, length));
  }
  let sum: u32 = 0;
  for (let length: u32 = 1; length <= limit; length++) {
    sum += at(LENGTH_COUNTS, length) << (limit - length);
  }
  for (; sum > <u32> 1 << limit; sum--) {
    put(LENGTH_COUNTS, limit, at(LENGTH_COUNTS, limit) - 1);
    let length = limit - 1;
    while (at(LENGTH_COUNTS, length) === 0) length--;
    put(LENGTH_COUNTS, length, at(LENGTH_COUNTS, length) - 1);
    put(LENGTH_COUNTS, length + 1, at(LENGTH_COUNTS, length + 1) + 2);
  }
}

/** Codes in the order of RFC 1951 §3.2.2, their bits reversed, as they are written. */
function assignCodes(lengths: usize, size: u32, limit: u32, codes: usize): void {
  memory.fill(LENGTH_COUNTS, 0, 64 * 4);
  for (let symbol: u32 = 0; symbol < size; symbol++) {
    const length = load<u8>(lengths + symbol);
    if (length > 0) put(LENGTH_COUNTS, length, at(LENGTH_COUNTS, length) + 1);
  }
  let code: u32 = 0;
  for (let length: u32 = 1; length <= limit; length++) {
    code = (code + at(LENGTH_COUNTS, length - 1)) << 1;
    put(NEXT_CODES, length, code);
  }
  for (let symbol: u32 = 0; symbol < size; symbol++) {
    const length: u32 = load<u8>(lengths + symbol);
    if (length === 0) continue;
    const next = at(NEXT_CODES, length);
    put(NEXT_CODES, length, next + 1);
    put(codes, symbol, reverse(next) >> (16 - length) | length << 24);
  }
}

/** The lowest 16 bits in reverse. */
function reverse(bits: u32): u32 {
  bits = (bits & 0x5555) << 1 | (bits >> 1) & 0x5555;
  bits = (bits & 0x3333) << 2 | (bits >> 2) & 0x3333;
  bits = (bits & 0x0f0f) << 4 | (bits >> 4) & 0x0f0f;
  return (bits & 0x00ff) << 8 | bits >> 8;
}
