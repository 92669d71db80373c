/** Finds common mistakes in a command line, before anything else is made of it. */

import type { Io } from "../io.ts";
import type { Arguments } from "../options/parse_arguments.ts";
import { badValue } from "../options/option.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Refuses DEST of `--add SRC:DEST` in a word of its own, which would be taken for TARGET or make a HOST of BASE.
 *
 * @throws {UsageError} that says how it is written.
 */
export function checkAdditions({ operands, given }: Arguments): void {
  const bare = (given.get("add") ?? []).findLast((value) => value && !value.includes(":"));
  const place = operands.find((operand) => operand.startsWith("/"));
  if (bare === undefined || place === undefined) return;
  throw new UsageError(
    `Cannot use ${JSON.stringify(place)} as an operand: SRC and DEST are one word, as in --add ${
      JSON.stringify(`${bare}:${place}`)
    }`,
  );
}

/**
 * Makes sure that `--digest-file` can be written, before anything is pushed.
 *
 * @throws {UsageError} if it cannot.
 */
export async function checkDigestFile({ given }: Arguments, io: Io): Promise<void> {
  const [path] = given.get("digest-file") ?? [];
  if (path === undefined) return;
  try {
    await io.checkWritable(path);
  } catch (error) {
    throw badValue("digest-file", error);
  }
}
