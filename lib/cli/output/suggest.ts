/** Suggests a word in place of a misspelt one. */

/**
 * The word that is closest to a misspelt one; undefined if none is close.
 *
 * @param most Letters that may be wrong. If it is given, the beginning of a word is not accepted for the word.
 * @default a third of the letters, and at least one
 */
export function suggest(
  word: string,
  known: Iterable<string>,
  most?: number,
): string | undefined {
  let best: string | undefined;
  let least = (most ?? Math.max(1, Math.floor(word.length / 3))) + 1;
  for (const candidate of known) {
    const distance = most === undefined && candidate.startsWith(word) && word.length > 2
      ? 1
      : editDistance(word, candidate);
    if (distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** The number of letters to insert, remove, replace or swap with their neighbour (restricted Damerau-Levenshtein distance). */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
