/** What the parsers found: each match with the place where it begins, so that the literals are what lies between. */

import { countMatch } from "./counts";
import { SEQUENCES } from "./memory";

let end: usize = SEQUENCES;

/** Where the sequences so far end. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function sequencesEnd(): usize {
  return end;
}

/** Forgets all sequences. */
export function clearSequences(): void {
  end = SEQUENCES;
}

/** Forgets the sequences before an address. */
export function dropSequences(until: usize): void {
  const left = end - until;
  memory.copy(SEQUENCES, until, left);
  end = SEQUENCES + left;
}

/** Adds a match, and counts it. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function addMatch(at: usize, length: u32, distance: u32): void {
  store<u32>(end, <u32> at);
  store<u16>(end, <u16> length, 4);
  store<u16>(end, <u16> (distance - 1), 6);
  end += 8;
  countMatch(length, distance);
}
