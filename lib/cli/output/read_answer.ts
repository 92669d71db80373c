/** Asks the user a question. */

import { printableLine } from "../../base/printable.ts";
import type { Session } from "../commands/session.ts";

/** The most characters of a question. */
const LONGEST_QUESTION = 1_000;
/** The most characters of an answer. */
const LONGEST_ANSWER = 1_000;

/** Asks a question on standard error. Returns whether the answer is `y` or `yes`. */
export async function readAnswer(question: string, { io, signal }: Session): Promise<boolean> {
  const options = { hidden: false, signal, limit: LONGEST_ANSWER };
  const line = `${printableLine(question, LONGEST_QUESTION)} [y/N] `;
  const answer = await io.ask(line, options).catch(() => "");
  return /^y(?:es)?$/i.test(answer.trim());
}
