/** Which failures may pass. */

import { printable } from "../base/printable.ts";

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
  if (told === undefined) return String(error);
  const { code } = told as { code?: unknown };
  if (told.message === "") return typeof code === "string" ? code : told.name;
  // Bun adds advice for those who write its programs.
  return printable(told.message.split(/\.\s/)[0] ?? "");
}

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let cause = error; cause instanceof Error && chain.length < 6; cause = cause.cause) {
    chain.push(cause);
  }
  return chain;
}
