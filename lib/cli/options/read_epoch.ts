/** Reads the variable `SOURCE_DATE_EPOCH`. */

import type { Io } from "../io.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Reads seconds since 1970 (reproducible-builds.org, SOURCE_DATE_EPOCH); undefined if the variable is not set.
 *
 * @throws {UsageError} if it is set to something else.
 */
export function readEpoch(env: Io["env"]): Date | undefined {
  const text = env["SOURCE_DATE_EPOCH"];
  if (!text) return undefined;
  if (/^\d{1,12}$/.test(text)) return new Date(Number(text) * 1000);
  throw new UsageError(
    `Cannot use SOURCE_DATE_EPOCH: expected seconds since 1970, got ${JSON.stringify(text)}`,
  );
}
