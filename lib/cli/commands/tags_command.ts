/** `appendlayer tags`. */

import { printable } from "../../base/printable.ts";
import { listTags } from "../../image/verbs/list_tags.ts";
import { readAccessOptions } from "../options/access_options.ts";
import type { Arguments } from "../options/arguments.ts";
import { parseOperand, registriesOf } from "./operands.ts";
import type { Session } from "./session.ts";
import { writeJson } from "../output/write_json.ts";

/** Prints tags as they come in, one a line; or all in one JSON array. */
export async function runTags(args: Arguments, session: Session): Promise<void> {
  const repository = parseOperand(args.operands[0] ?? "");
  const all: string[] = [];
  const access = await readAccessOptions(args, session, registriesOf(repository));
  for await (const tag of listTags(repository, access)) {
    if (args.has("json")) all.push(tag);
    else await session.out(`${printable(tag)}\n`);
  }
  if (args.has("json")) await writeJson(all, session);
}
