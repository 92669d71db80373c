/** JSON that survives a round trip: unknown fields, key order, and numbers that a double cannot hold. */

import type { Bytes } from "../base/bytes.ts";

/** A parsed JSON object; fields are checked where they are used. */
export type JsonObject = { readonly [field: string]: unknown };

/**
 * Stands before a number that JavaScript would change. Strings in JSON hold no raw NUL, so nothing sensible begins with it.
 * `JSON.rawJSON` would do this too, but Node 20 lacks it.
 */
const RAW_NUMBER = "\u0000#";
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const WRITTEN_RAW_NUMBER = /"\\u0000#(-?\d[\d.eE+-]*)"(?!:)/g;

/** Whether a value is a JSON object: neither null nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Parses UTF-8 JSON that must be an object. A number that would come out differently (past 2^53, `1.0`, `1e3`) is kept as a
 * marked string, which {@linkcode formatJson} writes as it was.
 *
 * @param what How the message calls it: `manifest "sha256:…"`.
 * @throws {SyntaxError} if it is not UTF-8, not JSON or not an object.
 */
export function parseJson(bytes: Bytes, what: string): JsonObject {
  let value: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    value = JSON.parse(text);
    const marked = markNumbers(text);
    if (marked !== text) value = JSON.parse(marked);
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${what}: it is not JSON`, { cause });
  }
  if (isJsonObject(value)) return value;
  throw new SyntaxError(`Cannot read ${what}: expected a JSON object`);
}

/** Writes a value as compact UTF-8 JSON; what {@linkcode parseJson} read comes out with equal fields, order and numbers. */
export function formatJson(value: JsonObject): Bytes {
  return new TextEncoder().encode(JSON.stringify(value).replace(WRITTEN_RAW_NUMBER, "$1"));
}

/** Marks the numbers of valid JSON. Strings are skipped by hand: a long one is more than regular expressions can take. */
function markNumbers(text: string): string {
  let marked = "";
  let place = 0;
  while (true) {
    const quote = text.indexOf('"', place);
    const end = quote < 0 ? text.length : quote;
    marked += text.slice(place, end).replace(NUMBER, keepNumber);
    if (quote < 0) return marked;
    place = endOfString(text, quote);
    marked += text.slice(quote, place);
  }
}

function endOfString(text: string, start: number): number {
  let end = start;
  do end = text.indexOf('"', end + 1); while (isEscaped(text, end));
  return end + 1;
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, place: number): boolean {
  let start = place;
  while (text.charAt(start - 1) === "\\") start--;
  return (place - start) % 2 === 1;
}

function keepNumber(number: string): string {
  return String(Number(number)) === number ? number : JSON.stringify(RAW_NUMBER + number);
}
