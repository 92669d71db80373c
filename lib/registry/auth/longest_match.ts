/** Looks up entries whose keys are a registry, or a registry and a path. */

/** An entry with its key. */
export interface Match<Value> {
  readonly key: string;
  readonly value: Value;
}

/**
 * Finds the entry whose key has the longest path of a repository: `ghcr.io/acme/app` before `ghcr.io/acme` before `ghcr.io`.
 *
 * @param registries Names of the registry, the preferred one first.
 */
export function findLongestMatch<Value>(
  entries: Readonly<Record<string, Value | undefined>>,
  registries: readonly string[],
  repository: string,
): Match<Value> | undefined {
  const parts = repository === "" ? [] : repository.split("/");
  for (let length = parts.length; length >= 0; length--) {
    for (const registry of registries) {
      const key = [registry, ...parts.slice(0, length)].join("/");
      // Not by plain indexing: "constructor" is no registry.
      const value = Object.hasOwn(entries, key) ? entries[key] : undefined;
      if (value !== undefined) return { key, value };
    }
  }
  return undefined;
}
