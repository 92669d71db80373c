/** Classifies failures of requests, and removes secrets from their errors. */

import { printable } from "../../base/printable.ts";
import { redactUrl } from "./redact.ts";

/** Statuses of transient failures: overload, time-outs, and those of Cloudflare for its origin. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504, 522, 524]);

/** Whether a failure is transient, and so worth another attempt. */
export function isPassingStatus(status: number): boolean {
  return PASSING_STATUSES.has(status);
}

const CERTIFICATE =
  /certificate|CERT_|_CERT|self[- ]signed|UnknownIssuer|unable to (?:get|verify)|altname|NotValidForName/i;

/**
 * Whether a connection failed because of the server's certificate, so that it must not be tried again, nor without TLS. Browsers and
 * workerd do not tell.
 */
export function isCertificateError(error: unknown): boolean {
  return causes(error).some((cause) =>
    CERTIFICATE.test(`${(cause as { code?: unknown }).code} ${cause.message}`)
  );
}

/** The innermost reason of a failed connection, which says more than `fetch failed`. */
export function describeFailure(error: unknown): string {
  const told = causes(error).at(-1);
  if (told === undefined) return redactUrls(String(error));
  const { code } = told as { code?: unknown };
  if (told.message === "") return typeof code === "string" ? code : told.name;
  // Without the advice that Bun appends.
  return printable(redactUrls(told.message).split(/\.\s/)[0] ?? "");
}

/**
 * Copies a runtime's error without secrets: its name, code and causes, and its message with redacted URLs. Deno puts the URL of a request
 * into the message, Bun into a property; after a redirect its query may be a signature.
 */
export function withoutSecrets(error: unknown): unknown {
  let kept: unknown = error instanceof Error ? undefined : redactUrls(String(error));
  for (const cause of causes(error).reverse()) kept = copyOf(cause, kept);
  return kept;
}

function copyOf(error: Error, cause: unknown): Error {
  const copy = new Error(redactUrls(error.message), cause === undefined ? undefined : { cause });
  Object.defineProperty(copy, "name", { value: error.name, configurable: true, writable: true });
  // Properties that tell the kind of error; others may hold secrets.
  for (const property of ["code", "errno", "syscall"] as const) {
    const value = (error as Error & { readonly [property]?: unknown })[property];
    if (value !== undefined) Object.assign(copy, { [property]: value });
  }
  return copy;
}

/** Characters that close a bracket or end a sentence after a URL. */
const CLOSING: ReadonlySet<string> = new Set(")]}>\"'.,:;");

/**
 * Redacts every URL in a text, without the characters that close a bracket or end a sentence after it. Those are not found by a
 * look-ahead, which would take a day for a megabyte of dots.
 */
function redactUrls(text: string): string {
  return text.replace(/\bhttps?:\/\/\S+/gi, (found) => {
    let end = found.length;
    while (CLOSING.has(found.charAt(end - 1))) end--;
    return redactUrl(found.slice(0, end)) + found.slice(end);
  });
}

/** An error and its causes, the outermost first; of an `AggregateError`, the first one. */
function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let cause = error; cause instanceof Error && chain.length < 6;) {
    chain.push(cause);
    cause = cause.cause ?? (cause instanceof AggregateError ? cause.errors[0] : undefined);
  }
  return chain;
}
