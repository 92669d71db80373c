/** Asks the user a question, on a terminal that is standard input. */

import type { ReadStream } from "node:tty";
import { builtin, hostProcess } from "../builtin.ts";
import { onAbort } from "../../base/on_abort.ts";

/** Options of {@linkcode ask}. */
export interface AskOptions {
  /** Whether the answer is not shown. */
  readonly hidden: boolean;
  /** Ends the question, and restores the terminal. */
  readonly signal: AbortSignal;
  /** The most characters of an answer. */
  readonly limit: number;
}

const INTERRUPT = "\x03";
const END = "\x04";
const ERASE: ReadonlySet<string> = new Set(["\x7f", "\b"]);
const ERASE_LINE = "\x15";

/** Made once: on Bun (1.4), a second stream gets no input after the first was ended. */
let terminal: ReadStream | undefined;

/**
 * Asks for a line, on standard error. The terminal is in raw mode and shows nothing, so the line is edited here.
 *
 * @throws the signal's reason; {Error} if there is no answer, or a longer one.
 */
export async function ask(
  question: string,
  { hidden, signal, limit }: AskOptions,
): Promise<string> {
  signal.throwIfAborted();
  const { writeSync } = builtin("node:fs");
  const tell = (text: string): void => void writeSync(2, text);
  const input = terminal ??= new (builtin("node:tty").ReadStream)(0);
  const { promise, resolve, reject } = deferred<string>();
  let answer = "";
  let isEscape = false;
  function take(character: string): void {
    // The start of an arrow key's sequence, or of a pasted text's brackets.
    if (character === "\x1b") isEscape = true;
    else if (isEscape) isEscape = !/[A-Za-z~]/.test(character);
    else if (character === "\r" || character === "\n") resolve(answer);
    // As the terminal would do if it were not in raw mode.
    else if (character === INTERRUPT) hostProcess?.kill(hostProcess.pid, "SIGINT");
    else if (character === END) {
      if (answer === "") reject(new Error("nothing was typed"));
      else resolve(answer);
    } else if (ERASE.has(character)) {
      if (answer !== "" && !hidden) tell("\b \b");
      answer = [...answer].slice(0, -1).join("");
    } else if (character === ERASE_LINE) {
      if (!hidden) tell("\b \b".repeat([...answer].length));
      answer = "";
    } else if (character >= " ") {
      answer += character;
      if (!hidden) tell(character);
      if (answer.length > limit) reject(new Error(`it is longer than ${limit} characters`));
    }
  }
  const stopListening = onAbort(signal, () => reject(signal.reason));
  const onData = (text: unknown): void => [...String(text)].forEach(take);
  const onEnd = (): void => reject(new Error("nothing was typed"));
  try {
    // Before the question, so that an answer that is typed at once is not shown either.
    input.setRawMode(true);
    tell(question);
    input.setEncoding("utf8");
    input.on("data", onData).on("error", reject).on("end", onEnd).resume();
    return await promise;
  } finally {
    stopListening();
    input.pause().off("data", onData).off("error", reject).off("end", onEnd);
    input.setRawMode(false);
    tell("\n");
  }
}

function deferred<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
