/** What a user can do about a registry that does not let them in. */

import type { Finding } from "../../base/hint.ts";

/** What is known of a refusal. */
export interface Refusal {
  readonly status: number | undefined;
  /** What the registry said. */
  readonly text: string;
  /** Whether the request was made without credentials. */
  readonly isAnonymous: boolean;
  readonly registry: string;
}

/** The end of a message, and a hint; undefined where nothing helpful is known. */
export function refusalHint({ status, text, isAnonymous, registry }: Refusal): Finding | undefined {
  if (status !== 401 && status !== 403) return undefined;
  if (isAnonymous) {
    return {
      message: `; no credentials are configured for "${registry}"`,
      hint: { kind: "log-in", registry },
    };
  }
  // GitHub's registry: https://docs.github.com/packages
  if (/permission_denied|write_package/i.test(text)) {
    return {
      message:
        '; the token needs the permission "packages: write", and the package must be linked to the repository that it was made in',
    };
  }
  return { message: "", hint: { kind: "refused-credential", registry } };
}
