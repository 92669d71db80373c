/** `appendlayer edit`. */

import { editImage } from "../image/edit.ts";
import { readAccessOptions } from "./access_options.ts";
import type { Arguments } from "./arguments.ts";
import { readConfigEdit, readImageOptions } from "./config_options.ts";
import { parseOperands, registriesOf } from "./operands.ts";
import { writeResult } from "./report.ts";
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
