/** Asks a person on the terminal. */

import { printableLine } from "../../base/printable.ts";
import type { Session } from "../commands/session.ts";

/** Characters of a question. */
const LONGEST_QUESTION = 1_000;
/** Bytes of an answer that are looked at. */
const LONGEST_ANSWER = 1024;

/** Asks a question on standard error, and reads a line from standard input: whether it is `y` or `yes`. */
export async function readAnswer(question: string, { io, signal }: Session): Promise<boolean> {
  io.err(printableLine(question, LONGEST_QUESTION));
  const decoder = new TextDecoder();
  let answer = "";
  for await (const chunk of io.readInput(signal)) {
    answer += decoder.decode(chunk, { stream: true });
    if (answer.includes("\n") || answer.length > LONGEST_ANSWER) break;
  }
  const [line = ""] = answer.split("\n");
  return /^y(?:es)?$/i.test(line.trim());
}
