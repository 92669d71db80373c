/** Tells what a user can do if a registry refuses access. */

import type { Finding } from "../../base/hint.ts";

/** What is known of a refusal. */
export interface Refusal {
  readonly status: number | undefined;
  /** Text of the registry's errors. */
  readonly text: string;
  /** Whether the request had no credentials. */
  readonly isAnonymous: boolean;
  readonly registry: string;
}

/** The end of a message, and a hint; undefined if nothing helpful is known. */
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
