/** Computes the delay before a retry. */

/** The longest back-off in milliseconds. */
const LONGEST_BACK_OFF = 30_000;

/** The longest first back-off in milliseconds, which doubles with each attempt. */
const FIRST_BACK_OFF = 250;

/** The longest wait in milliseconds that a server may ask for. If it asks for more, the caller fails. */
export const LONGEST_RETRY_AFTER = 120_000;

/** Options of {@linkcode retryDelay}. */
export interface RetryDelayOptions {
  /**
   * A number from 0 to below 1.
   *
   * @default {Math.random}
   */
  readonly random?: (() => number) | undefined;
  /** The header `Retry-After` (RFC 9110 §10.2.3): seconds or a date. Other values are ignored. */
  readonly retryAfter?: string | null | undefined;
  /**
   * The time in milliseconds since 1970, for a `Retry-After` that is a date.
   *
   * @default {Date.now}
   */
  readonly now?: (() => number) | undefined;
}

/**
 * An exponential back-off with full jitter, or the time that the server asks for, which is not limited: compare it with
 * {@linkcode LONGEST_RETRY_AFTER}.
 *
 * @param attempt 0 after the first failure.
 * @returns milliseconds.
 */
export function retryDelay(
  attempt: number,
  { random = Math.random, retryAfter, now = Date.now }: RetryDelayOptions = {},
): number {
  const asked = parseRetryAfter(retryAfter ?? "", now);
  if (asked !== undefined) return asked;
  return random() * Math.min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** attempt);
}

/** The most characters of a `Retry-After`; the longest date has some forty. */
const LONGEST_HEADER = 100;

function parseRetryAfter(text: string, now: () => number): number | undefined {
  if (text.length > LONGEST_HEADER) return undefined;
  if (/^\s*\d+\s*$/.test(text)) return Number(text) * 1_000;
  // Every HTTP date begins with the name of a day; `Date.parse` alone would take "2" or "-1" for a date.
  const date = /^\s*[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now());
}
