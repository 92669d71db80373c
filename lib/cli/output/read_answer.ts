/** Asks a person on the terminal. */

import { printableLine } from "../../base/printable.ts";
import type { Session } from "../commands/session.ts";

/** Characters of a question. */
const LONGEST_QUESTION = 1_000;
/** Characters of an answer. */
const LONGEST_ANSWER = 1_000;

/** Asks a question on standard error, and reads a line: whether it is `y` or `yes`. No answer is none. */
export async function readAnswer(question: string, { io, signal }: Session): Promise<boolean> {
  const options = { hidden: false, signal, limit: LONGEST_ANSWER };
  const line = `${printableLine(question, LONGEST_QUESTION)} [y/N] `;
  const answer = await io.ask(line, options).catch(() => "");
  return /^y(?:es)?$/i.test(answer.trim());
}
