/** Errors as a person reads them. */

import { printable, printableLine } from "../../base/printable.ts";
import { errorCode, errorReason, isSystemError } from "../../host/system_error.ts";

/** What Deno's fetch says before what went wrong; the URL is in our own message. */
const DENO_PREFIX = /error sending request for url \(.*?\): (?:client error \(\w+\): )?/g;

/** What Bun tells those who write its programs. */
const BUN_ADVICE =
  /\. (?:Is the computer able to access the url\?|For more information, pass `verbose: true`.*)$/;

/** Causes that are followed at most. */
const DEEPEST = 8;

/** One message for an error and its causes, without what an outer message says already. */
export function describeError(error: unknown): string {
  const messages: string[] = [];
  let current: unknown = error;
  for (let depth = 0; current !== undefined && current !== null && depth < DEEPEST; depth++) {
    const message = printable(messageOf(current), 2_000).replace(/\.$/, "");
    if (message === "fetch failed") {
      current = innerError(current);
      continue;
    }
    // Outer messages often quote the reason of the inner one, without what that one was doing.
    const reason = message.replace(/^Cannot [^:]*: /, "");
    if (reason !== "" && !messages.some((known) => says(known, reason))) messages.push(message);
    current = innerError(current);
  }
  return redact(messages.join(": ") || "unknown error");
}

/** Whether a message has a reason in it already, alone or with more behind it, as what to do. */
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
  // A system's own error, whose message repeats the call and the path; not one of ours that passes its code on.
  const isOwn = error.message.startsWith("Cannot ");
  if (!isOwn && ("syscall" in error || isSystemError(error))) return errorReason(error);
  return error.message.replace(DENO_PREFIX, "").replace(BUN_ADVICE, "") ||
    (errorCode(error) ?? error.name);
}

function innerError(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  return error.cause ?? (error instanceof AggregateError ? error.errors[0] : undefined);
}

/** Removes credentials from a text. Errors hold none by design, but a runtime's or a server's words might. */
export function redact(text: string): string {
  return text
    .replace(/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, "$1 …")
    .replace(/(:\/\/)[^\s/@"]+@/g, "$1…@")
    .replace(/([?&][^\s=&"']+=)[^\s&"']+/g, "$1…");
}
