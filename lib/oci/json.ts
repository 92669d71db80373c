/** JSON that survives a round trip: unknown fields, key order, and numbers that a double cannot hold. */

import type { Bytes } from "../base/bytes.ts";

/** A parsed JSON object; fields are checked where they are used. */
export type JsonObject = { readonly [field: string]: unknown };

/**
 * Stands before a number that JavaScript would change. Strings in JSON hold no raw NUL, so nothing sensible begins with it.
 * `JSON.rawJSON` would do this too, but Node 20 lacks it.
 */
const RAW_NUMBER = "\u0000#";
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
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
    const marked = text.replace(TOKEN, keepNumber);
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

function keepNumber(token: string): string {
  return token.startsWith('"') || String(Number(token)) === token
    ? token
    : JSON.stringify(RAW_NUMBER + token);
}
