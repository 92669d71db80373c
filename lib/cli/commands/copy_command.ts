/** `appendlayer copy`. */

import { copyImage } from "../../image/verbs/copy.ts";
import { readAccessOptions } from "../options/access_options.ts";
import type { Arguments } from "../options/arguments.ts";
import { parseOperands, registriesOf } from "./operands.ts";
import { writeResult } from "../output/report.ts";
import type { Session } from "./session.ts";

/** Reads the options, copies and reports. */
export async function runCopy(args: Arguments, session: Session): Promise<void> {
  const { base, target } = parseOperands(args.operands);
  const result = await copyImage(base, target, {
    ...await readAccessOptions(args, session, registriesOf(base, target)),
    platforms: args.all("platform"),
    referrers: args.has("referrers"),
    tags: args.all("tag"),
    dryRun: args.has("dry-run"),
  });
  await writeResult(result, args, session);
}
