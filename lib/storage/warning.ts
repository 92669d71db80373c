/** Warnings: things that a user should know of and a pipeline can act on. */

import type { Finding } from "../base/hint.ts";

/** The kinds of warnings. `docs/warnings.md` explains them. A code keeps its meaning from version to version. */
export type WarningCode =
  | "assumed-directory"
  | "attestations-dropped"
  | "base-unread"
  | "becomes-oci"
  | "below-symlink"
  | "compression-level"
  | "global-header"
  | "hard-link-differs"
  | "hard-link-into-base"
  | "health-check"
  | "images-differ"
  | "late-directory"
  | "leaves-root"
  | "many-layers"
  | "missing-parent"
  | "no-retry"
  | "no-table"
  | "nothing-replaced"
  | "platform-differs"
  | "recompressed"
  | "registry"
  | "replaces-directory"
  | "replaces-link"
  | "root-mode"
  | "settings-differ"
  | "tag-kept"
  | "tmp-mode"
  | "unknown-directory"
  | "windows"
  | "zstd"
  | "zstd-frames";

const CODES: Readonly<Record<WarningCode, true>> = {
  "assumed-directory": true,
  "attestations-dropped": true,
  "base-unread": true,
  "becomes-oci": true,
  "below-symlink": true,
  "compression-level": true,
  "global-header": true,
  "hard-link-differs": true,
  "hard-link-into-base": true,
  "health-check": true,
  "images-differ": true,
  "late-directory": true,
  "leaves-root": true,
  "many-layers": true,
  "missing-parent": true,
  "no-retry": true,
  "no-table": true,
  "nothing-replaced": true,
  "platform-differs": true,
  "recompressed": true,
  "registry": true,
  "replaces-directory": true,
  "replaces-link": true,
  "root-mode": true,
  "settings-differ": true,
  "tag-kept": true,
  "tmp-mode": true,
  "unknown-directory": true,
  "windows": true,
  "zstd": true,
  "zstd-frames": true,
};

/** All codes. */
export const WARNING_CODES: readonly WarningCode[] = /* @__PURE__ */ Object.keys(
  CODES,
) as WarningCode[];

/** Something that is not as it should be, but did not keep the verb from going on. */
export interface Warning extends Finding {
  /** The kind of the warning. */
  readonly code: WarningCode;
  /** The layer's entry, or the path in the image, that the warning is about. */
  readonly path?: string;
  /** The engines that cannot run the image, or unpack it differently. */
  readonly engines?: readonly string[];
}

/**
 * A warning that counts as a failure, as the caller has asked for.
 *
 * @example
 * ```ts
 * import { editImage, WarningError } from "@x/appendlayer";
 *
 * const healthcheck = { test: ["CMD", "true"] };
 * const error = await editImage("scratch", "oci:warning:7", { healthcheck, strict: true })
 *   .catch((error) => error);
 * if (error instanceof WarningError) console.log(error.warning.code); // health-check
 * ```
 */
export class WarningError extends Error {
  /** The name of this kind of error. */
  override readonly name = "WarningError";
  /** The warning. */
  readonly warning: Warning;

  /** Makes an error of a warning. */
  constructor(warning: Warning) {
    super(`Cannot go on with the warning "${warning.code}": ${warning.message}`);
    this.warning = warning;
  }
}
