/** Prints results. */

import type { ImageResult } from "../image/image_result.ts";
import type { Arguments } from "./arguments.ts";
import type { Session } from "./session.ts";

/** Prints what was made: `TARGET@sha256:…`, or an object with `--json`; and writes `--digest-file`. */
export async function writeResult(
  result: ImageResult,
  args: Arguments,
  session: Session,
): Promise<void> {
  const digestFile = args.text("digest-file");
  if (digestFile !== undefined) await session.io.writeFile(digestFile, `${result.digest}\n`);
  await session.out(
    args.has("json") ? `${JSON.stringify(result)}\n` : `${result.target}@${result.digest}\n`,
  );
}
