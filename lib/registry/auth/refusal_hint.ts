/** What a user can do about a registry that does not let them in. */

/** What is known of a refusal. */
export interface Refusal {
  readonly status: number | undefined;
  /** What the registry said. */
  readonly text: string;
  /** Whether the request was made without credentials. */
  readonly isAnonymous: boolean;
  readonly registry: string;
}

/** The end of a message, or nothing where nothing helpful is known. */
export function refusalHint({ status, text, isAnonymous, registry }: Refusal): string {
  if (status !== 401 && status !== 403) return "";
  if (isAnonymous) {
    return `; no credentials are configured for "${registry}", see appendlayer login`;
  }
  // GitHub's registry: https://docs.github.com/packages
  if (/permission_denied|write_package/i.test(text)) {
    return '; the token needs the permission "packages: write", and the package must be linked to the repository that it was made in';
  }
  return "";
}
