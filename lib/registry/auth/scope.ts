/** Scopes of tokens (distribution's token specification, Resource Scope). */

/** How a repository is used. */
export type Access = "pull" | "push" | "delete";

const ACTIONS: Readonly<Record<Access, string>> = {
  pull: "pull",
  push: "pull,push",
  delete: "pull,delete",
};

/** `repository:acme/app:pull,push` */
export function repositoryScope(repository: string, access: Access): string {
  return `repository:${repository}:${ACTIONS[access]}`;
}

/**
 * The scopes of a request. The repository's own comes first, since some token services read only one.
 *
 * @param mountFrom The repository that a blob is mounted from, which must be readable too. Docker Hub asks for this even if it is public.
 */
export function requestScopes(
  repository: string,
  access: Access,
  mountFrom?: string | undefined,
): string[] {
  const scopes = [repositoryScope(repository, access)];
  if (mountFrom !== undefined && mountFrom !== repository) {
    scopes.push(repositoryScope(mountFrom, "pull"));
  }
  return scopes;
}

/**
 * Further scopes that a challenge may ask for: a word, such as the `aws` of Amazon's public registry, or the catalog. Never a repository,
 * however it is written (`Repository:`, `repository(plugin):`), since the registry would choose its name.
 */
const FURTHER_SCOPE = /^(?:[a-z0-9_-]{1,64}|registry:catalog:[a-z*,]{1,20})$/;

/** Adds the further scopes that a challenge asks for, if they are allowed. */
export function withChallengeScope(
  scopes: readonly string[],
  challengeScope: string | undefined,
): string[] {
  const further = (challengeScope ?? "").split(/\s+/)
    .filter((scope) => FURTHER_SCOPE.test(scope));
  return [...new Set([...scopes, ...further])];
}

/** A key that is equal for equal sets of scopes. */
export function scopeKey(scopes: readonly string[]): string {
  return [...scopes].sort().join(" ");
}
