/** `appendlayer edit`. */

import { editImage } from "../../image/verbs/edit.ts";
import { readAccessOptions } from "../options/access_options.ts";
import type { Arguments } from "../options/arguments.ts";
import { readConfigEdit, readImageOptions } from "../options/config_options.ts";
import { parseOperands, registriesOf } from "./operands.ts";
import { writeResult } from "../output/report.ts";
import type { Session } from "./session.ts";

/** Reads the options, edits and reports. */
export async function runEdit(args: Arguments, session: Session): Promise<void> {
  const { base, target } = parseOperands(args.operands);
  const result = await editImage(base, target, {
    ...await readAccessOptions(args, session, registriesOf(base, target)),
    ...readConfigEdit(args),
    ...readImageOptions(args, session.io),
    dryRun: args.has("dry-run"),
  });
  await writeResult(result, args, session);
}
