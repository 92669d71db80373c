/** Memoizes asynchronous work. */

/** Returns the result for a key, which is made by the first call for it. */
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
