/** Which failures may pass, and what may be told of them. */

import { printable } from "../../base/printable.ts";
import { redactUrl } from "./redact.ts";

/** Statuses that a later attempt may not meet again: overload, time-outs, and what Cloudflare answers for its origin. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504, 522, 524]);

/** Whether an answer is worth another attempt. */
export function isPassingStatus(status: number): boolean {
  return PASSING_STATUSES.has(status);
}

const CERTIFICATE =
  /certificate|CERT_|_CERT|self[- ]signed|UnknownIssuer|unable to (?:get|verify)|altname|NotValidForName/i;

/**
 * Whether a connection failed because of the server's certificate: to try again, or to try without TLS, would be wrong. Browsers and
 * workerd do not tell.
 */
export function isCertificateError(error: unknown): boolean {
  return causes(error).some((cause) =>
    CERTIFICATE.test(`${(cause as { code?: unknown }).code} ${cause.message}`)
  );
}

/** The innermost reason of a failed connection, which is the telling one: `fetch failed` says nothing. */
export function describeFailure(error: unknown): string {
  const told = causes(error).at(-1);
  if (told === undefined) return redactUrls(String(error));
  const { code } = told as { code?: unknown };
  if (told.message === "") return typeof code === "string" ? code : told.name;
  // Bun adds advice for those who write its programs.
  return printable(redactUrls(told.message).split(/\.\s/)[0] ?? "");
}

/**
 * A runtime's error as it may be kept: its name, code and causes, and its message with redacted URLs. Deno writes the URL of a request
 * into the message, Bun into a property; behind a redirect its query is a signature.
 */
export function withoutSecrets(error: unknown): unknown {
  let kept: unknown = error instanceof Error ? undefined : redactUrls(String(error));
  for (const cause of causes(error).reverse()) kept = copyOf(cause, kept);
  return kept;
}

function copyOf(error: Error, cause: unknown): Error {
  const copy = new Error(redactUrls(error.message), cause === undefined ? undefined : { cause });
  Object.defineProperty(copy, "name", { value: error.name, configurable: true, writable: true });
  // What kind of error it is; other properties may hold anything.
  for (const property of ["code", "errno", "syscall"] as const) {
    const value = (error as Error & { readonly [property]?: unknown })[property];
    if (value !== undefined) Object.assign(copy, { [property]: value });
  }
  return copy;
}

/** What closes a bracket or ends a sentence behind a URL. */
const CLOSING: ReadonlySet<string> = new Set(")]}>\"'.,:;");

/**
 * Replaces every URL in a text. What closes a bracket or ends a sentence after it is kept. That is found by hand: an expression that
 * looks ahead for it takes a day for a megabyte of dots.
 */
function redactUrls(text: string): string {
  return text.replace(/\bhttps?:\/\/\S+/gi, (found) => {
    let end = found.length;
    while (CLOSING.has(found.charAt(end - 1))) end--;
    return redactUrl(found.slice(0, end)) + found.slice(end);
  });
}

/** An error and its causes, the outermost first. Of several tries at once the first one counts. */
function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let cause = error; cause instanceof Error && chain.length < 6;) {
    chain.push(cause);
    cause = cause.cause ?? (cause instanceof AggregateError ? cause.errors[0] : undefined);
  }
  return chain;
}
