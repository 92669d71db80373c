/** Work that is asked for again and done once. */

/** The result for a key; made when it is asked for the first time. */
export function once<Key, Result>(
  results: Map<Key, Promise<Result>>,
  key: Key,
  make: () => Promise<Result>,
): Promise<Result> {
  const known = results.get(key);
  if (known !== undefined) return known;
  const result = make();
  results.set(key, result);
  return result;
}
