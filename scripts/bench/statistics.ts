/** What can be said of a few measurements without knowing how they are distributed. */

/** The value in the middle, or between the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] ?? NaN) + (sorted[Math.ceil(half)] ?? NaN)) / 2;
}

/** Where a median lies. */
export interface MedianInterval {
  readonly low: number;
  readonly high: number;
  /** How sure that is, 0 to 1: less than was asked for where there are too few values. */
  readonly confidence: number;
}

/**
 * The interval of the median between two of the sorted values, equally far from both ends, as the sign test has it: each value is
 * below the true median by a toss of a coin.
 *
 * @param confidence At least, 0 to 1.
 * @returns the narrowest such interval, or the whole range where none is that sure.
 */
export function medianInterval(values: readonly number[], confidence = 0.95): MedianInterval {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  // The chance that at most `left` of the values lie below the median, while one value after the other is left out at both ends.
  let chance = 0.5 ** count;
  let tail = chance;
  let left = 0;
  while (2 * (left + 1) < count) {
    const next = chance * (count - left) / (left + 1);
    if (1 - 2 * (tail + next) < confidence) break;
    chance = next;
    tail += next;
    left++;
  }
  return {
    low: sorted[left] ?? NaN,
    high: sorted[count - 1 - left] ?? NaN,
    confidence: Math.max(0, 1 - 2 * tail),
  };
}
