/** What a token is asked for (distribution's token specification, Resource Scope). */

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
 * The scopes of a request. The repository itself comes first: some token services read only one.
 *
 * @param mountFrom A repository that a blob is mounted from, which has to be readable as well; Docker Hub asks for it even if
 * it is public.
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
 * What a challenge may ask for besides: a word, as Amazon's public registry wants `aws`, or the catalog. Never a repository, however it is
 * written (`Repository:`, `repository(plugin):`), whose name the registry would choose: those are known better here.
 */
const FURTHER_SCOPE = /^(?:[a-z0-9_-]{1,64}|registry:catalog:[a-z*,]{1,20})$/;

/** Adds what the challenge itself asks for, as far as it may be given. */
export function withChallengeScope(
  scopes: readonly string[],
  challengeScope: string | undefined,
): string[] {
  const further = (challengeScope ?? "").split(/\s+/)
    .filter((scope) => FURTHER_SCOPE.test(scope));
  return [...new Set([...scopes, ...further])];
}

/** The same text for the same set of scopes. */
export function scopeKey(scopes: readonly string[]): string {
  return [...scopes].sort().join(" ");
}
