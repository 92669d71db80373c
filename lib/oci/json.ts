/** Parses and formats JSON without loss: unknown fields, key order, and numbers that a double cannot hold. */

import type { Bytes } from "../base/bytes.ts";
import { encodeHex } from "../base/hex.ts";

/** A parsed JSON object; fields are checked where they are used. */
export type JsonObject = { readonly [field: string]: unknown };

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Stands before a number that JavaScript would change. It holds random characters, so that no document holds a string that begins with it.
 * `JSON.rawJSON` would do this too, but Node 20 lacks it.
 */
let numberMarker: { readonly text: string; readonly written: RegExp } | undefined;

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
  return new TextEncoder().encode(jsonText(value));
}

/** Gives what {@linkcode parseJson} read with all numbers as JavaScript has them. Without marked ones it comes back itself. */
export function plainJson<T>(value: T): T {
  const text = JSON.stringify(value);
  const plain = unmark(text);
  return plain === text ? value : JSON.parse(plain);
}

/** Writes any value as JSON, for messages; "undefined" for none. */
export function jsonText(value: unknown): string {
  return unmark(String(JSON.stringify(value)));
}

function unmark(text: string): string {
  return numberMarker === undefined ? text : text.replace(numberMarker.written, "$1");
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
  return String(Number(number)) === number
    ? number
    : JSON.stringify(getNumberMarker().text + number);
}

/** Makes the marker at its first use: Cloudflare Workers have no randomness before a request. */
function getNumberMarker(): NonNullable<typeof numberMarker> {
  if (numberMarker !== undefined) return numberMarker;
  const nonce = encodeHex(crypto.getRandomValues(new Uint8Array(16)));
  const written = new RegExp(`"\\\\u0000${nonce}#(-?\\d[\\d.eE+-]*)"`, "g");
  return numberMarker = { text: `\u0000${nonce}#`, written };
}
