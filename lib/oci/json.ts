/** Parses and formats JSON without loss: unknown fields, key order, and numbers that a double cannot hold. */

import { parseBoundedJson } from "../base/bounded_json.ts";
import type { Bytes } from "../base/bytes.ts";
import { encodeHex } from "../base/hex.ts";
import { printable } from "../base/printable.ts";

/** A parsed JSON object; fields are checked where they are used. */
export type JsonObject = { readonly [field: string]: unknown };

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** The most values of a manifest or config. An index of thousands of images has some ten thousand. */
const MOST_VALUES = 250_000;

/** The most numbers that JavaScript would change. Each takes a text of 40 characters; a config has only a few. */
const MOST_MARKED = 1_000;

/** The most characters of a value in a message. */
const LONGEST_SHOWN = 100;

/**
 * The prefix of a number that JavaScript would change, which is kept as a string. It is random, so that no string of a document begins with
 * it. `JSON.rawJSON` would do the same, but Node 20 does not have it.
 */
let numberMarker: { readonly text: string; readonly written: RegExp } | undefined;

/** Whether a value is a JSON object: neither null nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Parses UTF-8 JSON that must be an object. A number that JavaScript would write differently (above 2^53, `1.0`, `1e3`) is kept as a marked
 * string, which {@linkcode formatJson} writes as it was.
 *
 * @param what What messages call it: `manifest "sha256:…"`.
 * @throws {SyntaxError} if it is not UTF-8, not JSON or not an object.
 */
export function parseJson(bytes: Bytes, what: string): JsonObject {
  let value: unknown;
  try {
    const text = decodeUtf8(bytes);
    value = parseBoundedJson(text, { mostValues: MOST_VALUES });
    const marked = markNumbers(text);
    if (marked !== undefined) value = JSON.parse(marked);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${what}: ${(error as Error).message}`);
  }
  if (isJsonObject(value)) return value;
  throw new SyntaxError(`Cannot read ${what}: expected a JSON object`);
}

function decodeUtf8(bytes: Bytes): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SyntaxError("it is not JSON");
  }
}

/** Writes a value as compact UTF-8 JSON. An object of {@linkcode parseJson} keeps its fields, their order, and its numbers. */
export function formatJson(value: JsonObject): Bytes {
  return new TextEncoder().encode(jsonText(value));
}

/** Converts the marked numbers of {@linkcode parseJson} to JavaScript's. Returns the same value if there are none. */
export function plainJson<T>(value: T): T {
  const text = JSON.stringify(value);
  const plain = unmark(text);
  return plain === text ? value : JSON.parse(plain);
}

/** Writes any value as JSON; "undefined" for none. */
export function jsonText(value: unknown): string {
  return unmark(String(JSON.stringify(value)));
}

/** Formats any value as JSON for a message, shortened if it is long. */
export function showJson(value: unknown): string {
  return printable(jsonText(value), LONGEST_SHOWN);
}

function unmark(text: string): string {
  return numberMarker === undefined ? text : text.replace(numberMarker.written, "$1");
}

/**
 * Marks the numbers of valid JSON that JavaScript would change; undefined if there are none. Strings are skipped without regular
 * expressions, which fail for long ones.
 *
 * @throws {SyntaxError} if there are too many.
 */
function markNumbers(text: string): string | undefined {
  const parts: string[] = [];
  let copied = 0;
  for (let place = 0; place < text.length;) {
    const quote = text.indexOf('"', place);
    const end = quote < 0 ? text.length : quote;
    for (const { 0: number, index } of text.slice(place, end).matchAll(NUMBER)) {
      if (isKept(number)) continue;
      // Two parts for each number.
      if (parts.length === 2 * MOST_MARKED) {
        throw new SyntaxError(`it holds more than ${MOST_MARKED} numbers that are no doubles`);
      }
      const start = place + index;
      parts.push(text.slice(copied, start), JSON.stringify(getNumberMarker().text + number));
      copied = start + number.length;
    }
    place = quote < 0 ? text.length : endOfString(text, quote);
  }
  return parts.length === 0 ? undefined : parts.join("") + text.slice(copied);
}

function endOfString(text: string, start: number): number {
  let end = start;
  do end = text.indexOf('"', end + 1); while (isEscaped(text, end));
  return end + 1;
}

/** Whether an odd number of backslashes precedes an index. */
function isEscaped(text: string, place: number): boolean {
  let start = place;
  while (text.charAt(start - 1) === "\\") start--;
  return (place - start) % 2 === 1;
}

/** Whether JavaScript writes a number as it was written. */
function isKept(number: string): boolean {
  return String(Number(number)) === number;
}

/** Makes the marker at its first use, since Cloudflare Workers have no randomness before a request. */
function getNumberMarker(): NonNullable<typeof numberMarker> {
  if (numberMarker !== undefined) return numberMarker;
  const nonce = encodeHex(crypto.getRandomValues(new Uint8Array(16)));
  const written = new RegExp(`"\\\\u0000${nonce}#(-?\\d[\\d.eE+-]*)"`, "g");
  return numberMarker = { text: `\u0000${nonce}#`, written };
}
