/** Parses the values of options. Every function throws a plain error, to which the caller adds the option's name. */

import { isImageTime } from "../../oci/edit_values.ts";
import type { ValueParser } from "./option.ts";

/**
 * Parses a whole number.
 *
 * @throws {RangeError} if it is none, or not within the limits (both included).
 */
export function parseWhole(
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    if (number >= least && number <= most) return number;
    const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
    throw new RangeError(`expected a whole number, ${range}, got ${JSON.stringify(text)}`);
  };
}

/**
 * Parses seconds, and returns milliseconds.
 *
 * @throws {RangeError} if it is no positive number.
 */
export function parseSeconds(text: string): number {
  const seconds = /^\d+(\.\d+)?s?$/.test(text) ? parseFloat(text) : NaN;
  if (seconds > 0) return seconds * 1000;
  throw new RangeError(`expected seconds, as in "30" or "0.5", got ${JSON.stringify(text)}`);
}

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/**
 * Parses a size, such as `64M` or `1.5GiB`, and returns bytes.
 *
 * @throws {RangeError} if it is invalid.
 */
export function parseSize(text: string): number {
  const [, number, unit = ""] = /^(\d{1,9}(?:\.\d{1,9})?)(?:([KMG])(?:i?B)?|B)?$/i.exec(text) ?? [];
  const size = Number(number) * (UNITS[unit.toUpperCase()] ?? 1);
  if (number !== undefined) return Math.round(size);
  throw new RangeError(`expected a size, as in "64M", got ${JSON.stringify(text)}`);
}

/**
 * Parses one of a few words.
 *
 * @throws {RangeError} if it is none of them.
 */
export function parseChoice<Choice extends string>(
  ...choices: readonly Choice[]
): ValueParser<Choice> {
  function parse(text: string): Choice {
    const choice = choices.find((known) => known === text);
    if (choice !== undefined) return choice;
    throw new RangeError(
      `expected ${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}, got ${
        JSON.stringify(text)
      }`,
    );
  }
  return Object.assign(parse, { choices });
}

/**
 * Parses a time: seconds since 1970, or ISO 8601, in UTC if it has no zone.
 *
 * @throws {RangeError} if it is neither.
 */
export function parseTime(text: string): Date {
  const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/i
    .exec(text);
  const [, day, clock = "00:00", zone = "Z"] = iso ?? [];
  const time = /^-?\d+(\.\d+)?$/.test(text)
    ? new Date(Number(text) * 1000)
    : new Date(day !== undefined && isDay(day) ? `${day}T${clock}${zone.toUpperCase()}` : NaN);
  if (isImageTime(time)) return time;
  throw new RangeError(
    `expected a time, as in "2026-01-31T12:00:00Z", or seconds since 1970, got ${
      JSON.stringify(text)
    }`,
  );
}

/** Whether a day exists: `Date` takes February 30 for March 2. */
function isDay(day: string): boolean {
  const date = new Date(day);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/**
 * Parses settings `K=V`, and `K-` as null, which unsets one. Later ones win.
 *
 * @throws {SyntaxError} if one is neither.
 */
export function parseSettings(texts: readonly string[]): Record<string, string | null> {
  const settings: [string, string | null][] = texts.map((text) => {
    const separator = text.indexOf("=");
    if (separator > 0) return [text.slice(0, separator), text.slice(separator + 1)];
    if (separator < 0 && text.length > 1 && text.endsWith("-")) return [text.slice(0, -1), null];
    throw new SyntaxError(
      `expected "NAME=VALUE", or "NAME-" to unset it, got ${JSON.stringify(text)}`,
    );
  });
  return Object.fromEntries(settings);
}

/**
 * Parses a host, with or without a port.
 *
 * @throws {SyntaxError} if it is invalid.
 */
export function parseHost(text: string): string {
  if (/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(text)) return text;
  throw new SyntaxError(`expected "HOST" or "HOST:PORT", got ${JSON.stringify(text)}`);
}

/** Returns a text unchanged. */
export function parseText(text: string): string {
  return text;
}

/** Returns a text, or null for an empty one, which unsets the value. */
export function parseTextOrUnset(text: string): string | null {
  return text === "" ? null : text;
}
