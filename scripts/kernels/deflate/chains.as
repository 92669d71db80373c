/** The thorough search: chains of the earlier places with the same hash of four bytes, and greedy or lazy parsing. */

import { countLiteral } from "./counts";
import { CHAIN, HASH3_BITS, HASH4_BITS, HEADS3, HEADS4, LONGEST, WINDOW } from "./memory";
import { addMatch } from "./sequences";

/** A match of three bytes that lies further back costs more bits than its literals (measured at 1024, 4096 and without bound). */
const FARTHEST_OF_THREE: u32 = 4096;

/** Distance of the match that `findMatch` returned the length of. */
let distance: u32 = 0;

/** Forgets every place. */
export function clearMatches(): void {
  memory.fill(HEADS4, 0, (4 << HASH4_BITS) + (4 << HASH3_BITS));
}

/** Knuth's multiplicative hash: 2^32 over the golden ratio. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function hash(value: u32, bits: u32): usize {
  return <usize> ((value * 0x9e3779b1) >>> (32 - bits)) << 2;
}

/** Puts a place at the head of its chain, and returns the head before. */
// @ts-ignore: AssemblyScript's decorator
@inline
function link(at: u32, bytes: u32): u32 {
  const head = HEADS4 + hash(bytes, HASH4_BITS);
  const before = load<u32>(head);
  store<u32>(head, at);
  // Anything beyond the window is as good as nothing.
  store<u16>(CHAIN + ((at & (WINDOW - 1)) << 1), <u16> min<u32>(at - before, 65535));
  return before;
}

/** Remembers a place that is not searched from. */
// @ts-ignore: AssemblyScript's decorator
@inline
function insert(at: usize): void {
  const bytes = load<u32>(at);
  link(<u32> at, bytes);
  store<u32>(HEADS3 + hash(bytes << 8, HASH3_BITS), <u32> at);
}

// @ts-ignore: AssemblyScript's decorator
@inline
function commonLength(a: usize, b: usize, limit: u32): u32 {
  let length: u32 = 4;
  while (length + 8 <= limit) {
    const difference = load<u64>(a + length) ^ load<u64>(b + length);
    if (difference !== 0) return length + (<u32> ctz(difference) >> 3);
    length += 8;
  }
  while (length < limit && load<u8>(a + length) === load<u8>(b + length)) length++;
  return length;
}

/**
 * Remembers a place, and searches from it. Reads up to eight bytes past the end.
 *
 * @param end Where the input ends.
 * @param best Length that a match must exceed.
 * @param depth Earlier places to look at.
 * @param enough Length at which to look no further.
 * @returns The length, with the distance in `distance`; or 0.
 */
// @ts-ignore: AssemblyScript's decorator
@inline
function findMatch(at: usize, end: usize, best: u32, depth: u32, enough: u32): u32 {
  const bytes = load<u32>(at);
  const place = <u32> at;
  const limit = min<u32>(<u32> (end - at), LONGEST);
  const head3 = HEADS3 + hash(bytes << 8, HASH3_BITS);
  const candidate3 = load<u32>(head3);
  store<u32>(head3, place);
  let candidate = link(place, bytes);
  let result: u32 = 0;
  // The four bytes that would make it longer than the best are most likely to differ.
  let tail: u32 = best > 3 ? best - 3 : 0;
  let tailBytes = load<u32>(place + tail);
  for (; depth > 0; depth--) {
    const back = place - candidate;
    if (back > WINDOW) break;
    if (load<u32>(candidate + tail) === tailBytes && load<u32>(candidate) === bytes) {
      const length = commonLength(candidate, place, limit);
      if (length > best) {
        best = length;
        result = length;
        distance = back;
        if (length >= enough || length === limit) break;
        tail = length - 3;
        tailBytes = load<u32>(place + tail);
      }
    }
    candidate -= load<u16>(CHAIN + ((candidate & (WINDOW - 1)) << 1));
  }
  if (best < 3) {
    const back = place - candidate3;
    if (back <= FARTHEST_OF_THREE && (load<u32>(candidate3) ^ bytes) << 8 === 0) {
      result = 3;
      distance = back;
    }
  }
  // Fewer than four bytes before the end, those beyond it may have been taken for equal.
  return result <= limit ? result : 0;
}

/**
 * Parses what begins before an address.
 *
 * @param end Where the input ends.
 * @param depth Earlier places that are looked at for each byte.
 * @param enough Length of a match at which to look no further.
 * @param lazy Length of a match below which the next byte is tried too; 0 for never.
 * @returns Where the parsed bytes end.
 */
export function parseThoroughly(
  at: usize,
  stop: usize,
  end: usize,
  depth: u32,
  enough: u32,
  lazy: u32,
): usize {
  // Where the last match ended.
  let literals = at;
  while (at < stop) {
    let length = findMatch(at, end, 0, depth, enough);
    if (length === 0) {
      // The longer nothing was found, the wider the steps: what is compressed already passes quickly.
      const next = min<usize>(at + 1 + ((at - literals) >> 6), stop);
      do countLiteral(load<u8>(at)); while (++at < next);
      continue;
    }
    let back = distance;
    while (length < lazy && at + 1 < end) {
      const better = findMatch(at + 1, end, length, depth >> 1, enough);
      if (better <= length) break;
      countLiteral(load<u8>(at++));
      length = better;
      back = distance;
    }
    addMatch(at, length, back);
    literals = at + length;
    // The first place is known, and with lazy parsing the second one too, unless the match was long at once.
    at += lazy > 0 ? 2 : 1;
    for (const inserted = min<usize>(literals, end - 4); at < inserted; at++) insert(at);
    at = literals;
  }
  return at;
}
