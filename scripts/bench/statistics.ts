/** Statistics of a few measurements whose distribution is unknown. */

/** The median; NaN if there are no values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] ?? NaN) + (sorted[Math.ceil(half)] ?? NaN)) / 2;
}

/** A confidence interval of a median. */
export interface MedianInterval {
  readonly low: number;
  readonly high: number;
  /** The confidence, 0 to 1: less than was wanted if there are too few values. */
  readonly confidence: number;
}

/**
 * The confidence interval of the median by the sign test, in which each value is below the true median with a chance of one half. It lies
 * between two of the sorted values that are equally far from both ends.
 *
 * @param confidence The least confidence, 0 to 1.
 * @returns the narrowest such interval, or the whole range if none has that confidence.
 */
export function medianInterval(values: readonly number[], confidence = 0.95): MedianInterval {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  // The chance that at most `left` values are below the median, for each number `left` of values that are left out at both ends.
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
