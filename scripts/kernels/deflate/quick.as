/**
 * The quick search: the two latest places with the same hash of four bytes, and one look ahead. A mispredicted branch costs more than a
 * comparison. So both places are compared without a branch, 16 bytes of each, and the places of the next byte are loaded before it is
 * known whether they are needed, which is 8 % faster.
 */

import { hash } from "./chains";
import { countLiteral } from "./counts";
import { BUCKET_BITS, BUCKETS, INPUT, LONGEST, WINDOW } from "./memory";
import { addMatch } from "./sequences";

/** Bytes that are compared at once. */
const COMPARED: u32 = 16;

/**
 * No match yet: less than any of four bytes. A match is one number here, its length in the upper half, and below how much nearer it lies
 * than the farthest place of the window. The best is the greatest.
 */
const NONE: u32 = (4 << 16) - 1;

/** Forgets every place. */
export function clearBuckets(): void {
  memory.fill(BUCKETS, 0, 4 << BUCKET_BITS);
}

// @ts-ignore: AssemblyScript's decorator
@inline
function bucketOf(bytes: u64): usize {
  return hash(<u32> bytes, BUCKET_BITS);
}

/** The bucket's places with one more, and without the oldest. */
// @ts-ignore: AssemblyScript's decorator
@inline
function add(places: u32, at: usize): u32 {
  return places << 16 | <u32> at & 0xffff;
}

// @ts-ignore: AssemblyScript's decorator
@inline
function remember(at: usize, bytes: u64): void {
  const bucket = bucketOf(bytes);
  store<u32>(bucket, add(load<u32>(bucket, BUCKETS), at), BUCKETS);
}

/** The same without a branch: what is not below the limit goes into a bucket that nobody looks at. */
// @ts-ignore: AssemblyScript's decorator
@inline
function rememberBelow(limit: usize, at: usize, bytes: u64): void {
  const bucket = select<usize>(bucketOf(bytes), 4 << BUCKET_BITS, at < limit);
  store<u32>(bucket, add(load<u32>(bucket, BUCKETS), at), BUCKETS);
}

/** How many of the first `COMPARED` bytes are equal at two places. */
// @ts-ignore: AssemblyScript's decorator
@inline
function equalBytes(a: usize, b: usize): u32 {
  const difference = load<u64>(a) ^ load<u64>(b);
  const differenceAfter = load<u64>(a, 8) ^ load<u64>(b, 8);
  return <u32> select<u64>(ctz(difference), 64 + ctz(differenceAfter), difference !== 0) >> 3;
}

/**
 * The better one of a match and of that with an earlier place. Of the place 15 bits count, so that every one lies in the window: one that
 * has left it, or is empty, stands for another, whose bytes are compared like those of any.
 */
// @ts-ignore: AssemblyScript's decorator
@inline
function compare(at: usize, place: u32, best: u32): u32 {
  const nearness = (place - <u32> at) & (WINDOW - 1);
  return max<u32>(equalBytes(at - WINDOW + nearness, at) << 16 | nearness, best);
}

// @ts-ignore: AssemblyScript's decorator
@inline
function lengthOf(match: u32): u32 {
  return match >> 16;
}

// @ts-ignore: AssemblyScript's decorator
@inline
function distanceOf(match: u32): u32 {
  return WINDOW - (match & 0xffff);
}

/** Of the two places of a bucket the one with the longer match, or else the nearer one. */
// @ts-ignore: AssemblyScript's decorator
@inline
function search(at: usize, end: usize, places: u32): u32 {
  const best = compare(at, places >> 16, compare(at, places, NONE));
  return lengthOf(best) < COMPARED ? best : lengthen(at, end, best);
}

function lengthen(at: usize, end: usize, match: u32): u32 {
  const limit = <u32> min<usize>(end - at, LONGEST);
  const before = at - distanceOf(match);
  let length: u32 = COMPARED;
  while (length < limit) {
    const equal = equalBytes(before + length, at + length);
    length += equal;
    if (equal < COMPARED) break;
  }
  return match + (min<u32>(length, limit) - COMPARED << 16);
}

/**
 * Remembers places within a match, but for the first two. The last three matter most: their four bytes reach beyond the match, and so are
 * new. Of the others, which were seen where the match was found, two are worth their time: all of them take a quarter more of it, for 1 %
 * fewer bytes.
 */
// @ts-ignore: AssemblyScript's decorator
@inline
function rememberWithin(at: usize, end: usize, inner: bool): void {
  const last = end - 3;
  if (inner) {
    const bytes = load<u64>(at, 2);
    rememberBelow(last, at + 2, bytes);
    rememberBelow(last, at + 3, bytes >> 8);
  }
  const bytes = load<u64>(last);
  remember(last, bytes);
  remember(last + 1, bytes >> 8);
  remember(last + 2, bytes >> 16);
}

/**
 * Parses what begins before an address.
 *
 * @param end Where the input ends. The eight bytes after it are read, and must be zero.
 * @param inner Whether two places within each match are remembered beside those at its ends.
 * @param lazy Length of a match below which the next byte is tried too.
 * @returns Where the parsed bytes end.
 */
export function parseQuickly(
  at: usize,
  stop: usize,
  end: usize,
  inner: bool,
  lazy: u32,
): usize {
  // Where the last match ended.
  let literals = at;
  // An empty place stands for the first byte, or for that a window or more after it: there is one before each byte but the first.
  if (at === INPUT) countLiteral(load<u8>(at++));
  // So many bytes are compared, from the next byte too.
  const searched = min<usize>(stop, end - COMPARED - 1);
  let bytes = load<u64>(at);
  let bucket = bucketOf(bytes);
  let places = load<u32>(bucket, BUCKETS);
  while (at < searched) {
    store<u32>(bucket, add(places, at), BUCKETS);
    const nextBytes = load<u64>(at, 1);
    bucket = bucketOf(nextBytes);
    const nextPlaces = load<u32>(bucket, BUCKETS);
    let match = search(at, end, places);
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
      if (lengthOf(match) < lazy) {
        store<u32>(bucket, add(nextPlaces, at + 1), BUCKETS);
        const next = search(at + 1, end, nextPlaces);
        if (lengthOf(next) > lengthOf(match)) {
          countLiteral(<u32> bytes & 0xff);
          at++;
          match = next;
        }
      }
      const length = lengthOf(match);
      addMatch(at, length, distanceOf(match));
      literals = at + length;
      rememberWithin(at, literals, inner);
      at = literals;
    }
    bytes = load<u64>(at);
    bucket = bucketOf(bytes);
    places = load<u32>(bucket, BUCKETS);
  }
  for (; at < stop; at++) countLiteral(load<u8>(at));
  return at;
}
