/**
 * The quick search: the two latest places with the same hash of four bytes, and one look ahead. A mispredicted branch costs more than a
 * comparison. So both places are compared without a branch, and the places of the next byte are loaded before it is known whether they
 * are needed, which is 8 % faster.
 */

import { hash } from "./chains";
import { countLiteral } from "./counts";
import { BUCKETS, HASH4_BITS, LONGEST, WINDOW } from "./memory";
import { addMatch } from "./sequences";

/** No match yet. Matches are one u32 here, the length above and what the window exceeds the distance by below: the best is the greatest. */
const NONE: u32 = 4 << 16;

// @ts-ignore: AssemblyScript's decorator
@inline
function bucketOf(bytes: u64): usize {
  return hash(<u32> bytes, HASH4_BITS);
}

/** The bucket's places with one more, and without the oldest. */
// @ts-ignore: AssemblyScript's decorator
@inline
function add(places: u32, at: usize): u32 {
  return places << 16 | <u32> at & 0xffff;
}

/** The better one of a match and of that with an earlier place, up to eight bytes long. */
// @ts-ignore: AssemblyScript's decorator
@inline
function compare(at: usize, bytes: u64, place: u32, best: u32): u32 {
  const distance = (<u32> at - place) & 0xffff;
  const length = <u32> (ctz(load<u64>(at - distance) ^ bytes) >> 3);
  const found = length << 16 | (WINDOW - distance) & 0xffff;
  return select<u32>(found, best, <u32> (found > best) & <u32> (distance - 1 < WINDOW));
}

// @ts-ignore: AssemblyScript's decorator
@inline
function distanceOf(match: u32): u32 {
  return WINDOW - (match & 0xffff);
}

/** Of the two places of a bucket the one with the longer match, or else the nearer one. */
// @ts-ignore: AssemblyScript's decorator
@inline
function search(at: usize, end: usize, bytes: u64, places: u32): u32 {
  const best = compare(at, bytes, places >> 16, compare(at, bytes, places, NONE));
  return best >> 16 < 8 ? best : lengthen(at, end, best);
}

// @ts-ignore: AssemblyScript's decorator
@inline
function lengthen(at: usize, end: usize, match: u32): u32 {
  const limit = <u32> min<usize>(end - at, LONGEST);
  const before = at - distanceOf(match);
  let length: u32 = 8;
  while (length < limit) {
    const difference = load<u64>(at + length) ^ load<u64>(before + length);
    length += <u32> (ctz(difference) >> 3);
    if (difference !== 0) break;
  }
  return min<u32>(length, limit) << 16 | match & 0xffff;
}

/**
 * Parses what begins before an address.
 *
 * @param end Where the input ends.
 * @param most Places within a match to remember.
 * @param lazy Length of a match below which the next byte is tried too.
 * @returns Where the parsed bytes end.
 */
export function parseQuickly(
  at: usize,
  stop: usize,
  end: usize,
  most: u32,
  lazy: u32,
): usize {
  // Where the last match ended.
  let literals = at;
  // Eight bytes are compared, from the next byte too.
  const searched = min<usize>(stop, end - 9);
  let bytes = load<u64>(at);
  let bucket = bucketOf(bytes);
  let places = load<u32>(bucket, BUCKETS);
  while (at < searched) {
    store<u32>(bucket, add(places, at), BUCKETS);
    const nextBytes = load<u64>(at, 1);
    bucket = bucketOf(nextBytes);
    const nextPlaces = load<u32>(bucket, BUCKETS);
    let match = search(at, end, bytes, places);
    if (match === NONE) {
      countLiteral(<u32> bytes & 0xff);
      at++;
      bytes = nextBytes;
      places = nextPlaces;
      const step = (at - literals) >> 6;
      if (step === 0) continue;
      // The longer nothing was found, the wider the steps: what is compressed already passes quickly.
      for (const next = min<usize>(at + step, searched); at < next; at++) countLiteral(load<u8>(at));
    } else {
      if (match >> 16 < lazy) {
        store<u32>(bucket, add(nextPlaces, at + 1), BUCKETS);
        const next = search(at + 1, end, nextBytes, nextPlaces);
        if (next >> 16 > match >> 16) {
          countLiteral(<u32> bytes & 0xff);
          at++;
          match = next;
        }
      }
      const length = match >> 16;
      addMatch(at, length, distanceOf(match));
      literals = at + length;
      // The look ahead has remembered the second place; without one it is left out.
      at += 2;
      for (const few = min<usize>(literals, at + most); at < few; at++) {
        const inner = bucketOf(load<u32>(at));
        store<u32>(inner, add(load<u32>(inner, BUCKETS), at), BUCKETS);
      }
      at = literals;
    }
    bytes = load<u64>(at);
    bucket = bucketOf(bytes);
    places = load<u32>(bucket, BUCKETS);
  }
  for (; at < stop; at++) countLiteral(load<u8>(at));
  return at;
}
