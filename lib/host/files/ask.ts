/** Asks a person a question on the terminal that is standard input. */

import type { ReadStream } from "node:tty";
import { builtin, hostProcess } from "../builtin.ts";
import { onAbort } from "../../base/on_abort.ts";

/** Options of {@linkcode ask}. */
export interface AskOptions {
  /** Whether what is typed is not to be seen. */
  readonly hidden: boolean;
  /** Ends the question; the terminal is then as it was. */
  readonly signal: AbortSignal;
  /** Characters of an answer. */
  readonly limit: number;
}

const INTERRUPT = "\x03";
const END = "\x04";
const ERASE: ReadonlySet<string> = new Set(["\x7f", "\b"]);
const ERASE_LINE = "\x15";

/** Made once and kept: on Bun (1.4), a second one after a first that was ended hears nothing. */
let terminal: ReadStream | undefined;

/**
 * Asks for a line, on standard error. In raw mode nothing of it is shown by the terminal, and so it is edited here.
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
    // What an arrow key or a paste's brackets send.
    if (character === "\x1b") isEscape = true;
    else if (isEscape) isEscape = !/[A-Za-z~]/.test(character);
    else if (character === "\r" || character === "\n") resolve(answer);
    // As the terminal would send it, were it not in raw mode.
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
    // Before the question: whoever types at once is not shown either.
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
