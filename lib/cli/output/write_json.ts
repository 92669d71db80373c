/** Prints a result for programs. */

import { printableJson } from "../../base/printable.ts";
import { jsonText } from "../../oci/json.ts";
import type { Session } from "../commands/session.ts";

/** Prints a value as JSON in one line, with the numbers of documents as they were written, and safe for a terminal. */
export async function writeJson(value: unknown, session: Session): Promise<void> {
  await session.out(`${printableJson(jsonText(value))}\n`);
}
