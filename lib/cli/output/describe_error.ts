/** Describes errors for users. */

import { printable, printableLine } from "../../base/printable.ts";
import { errorCode, errorReason, isSystemError } from "../../host/system_error.ts";

/** The start of errors of Deno's `fetch`, which repeats the URL. */
const DENO_PREFIX = /error sending request for url \(.*?\): (?:client error \(\w+\): )?/g;

/** The start of errors of Node's `fetch`, and of ours in its place. */
const FETCH_FAILED = /^fetch failed: /;

/** Bun's advice for developers. */
const BUN_ADVICE =
  /\. (?:(?:Is the computer|Does the server) [^?]+\?|For more information, pass `verbose: true`.*)$/;

/** The most causes that are followed. */
const DEEPEST = 8;

/** One message for an error and its causes, without repetitions. */
export function describeError(error: unknown): string {
  const messages: string[] = [];
  let current: unknown = error;
  for (let depth = 0; current !== undefined && current !== null && depth < DEEPEST; depth++) {
    const message = printable(messageOf(current), 2_000).replace(/\.$/, "");
    if (message === "fetch failed") {
      current = innerError(current);
      continue;
    }
    // An outer message often quotes the reason of an inner one, without its start.
    const reason = message.replace(/^Cannot [^:]*: /, "");
    if (reason !== "" && !messages.some((known) => says(known, reason))) messages.push(message);
    current = innerError(current);
  }
  return redact(messages.join(": ") || "unknown error");
}

/** Whether a message contains a reason, with or without more text after it. */
function says(message: string, reason: string): boolean {
  const known = `: ${message}:`;
  return [":", ";", ","].some((end) => known.includes(`: ${reason}${end}`));
}

/** The stacks of an error and its causes. */
export function describeStack(error: unknown): string {
  const stacks: string[] = [];
  let current: unknown = error;
  for (let depth = 0; current instanceof Error && depth < DEEPEST; depth++) {
    const lines = (current.stack ?? current.message).split("\n");
    stacks.push(lines.map((line) => printableLine(line, 2_000)).join("\n"));
    current = innerError(current);
  }
  return redact(stacks.join("\ncaused by "));
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Not an error of ours with the system's code, whose message is fine.
  const isOwn = error.message.startsWith("Cannot ");
  if (!isOwn && ("syscall" in error || isSystemError(error))) return errorReason(error);
  return error.message.replace(DENO_PREFIX, "").replace(FETCH_FAILED, "").replace(BUN_ADVICE, "") ||
    (errorCode(error) ?? error.name);
}

function innerError(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  return error.cause ?? (error instanceof AggregateError ? error.errors[0] : undefined);
}

/** Removes credentials from a text. Our errors hold none, but a runtime's or a server's may. */
export function redact(text: string): string {
  return text
    .replace(/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, "$1 …")
    .replace(/(:\/\/)[^\s/@"]+@/g, "$1…@")
    .replace(/([?&][^\s=&"']+=)[^\s&"']+/g, "$1…");
}
