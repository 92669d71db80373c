/** Parses the bodies of error answers: JSON, HTML of a proxy, or nothing. */

import { parseBoundedJson } from "../../base/bounded_json.ts";
import { printable } from "../../base/printable.ts";
import type { RegistryErrorEntry } from "./registry_error.ts";

/** Entries of an answer that are kept. */
const MAX_ENTRIES = 10;

/** Characters of a text that are kept. */
const MAX_TEXT = 500;

/** Reads the entries of an error answer, made printable. A body in another form than the specification's has none. */
export function parseErrorBody(text: string): RegistryErrorEntry[] {
  let body: unknown;
  try {
    body = parseBoundedJson(text);
  } catch {
    return [];
  }
  const errors = property(body, "errors");
  // Token services and some proxies answer with a single entry.
  const entries = Array.isArray(errors) ? errors.slice(0, MAX_ENTRIES) : [body];
  return entries.map((entry): RegistryErrorEntry => ({
    code: asText(property(entry, "code") ?? property(entry, "error")),
    message: asText(
      property(entry, "message") ?? property(entry, "error_description") ??
        property(entry, "details"),
    ),
    detail: asText(property(entry, "detail")),
  })).filter(({ code, message, detail }) => code + message + detail !== "");
}

/** `413, SIZE_INVALID: too large`, for the end of a message. */
export function describeAnswer(status: number, entries: readonly RegistryErrorEntry[]): string {
  return joined(", ", String(status), describeEntries(entries));
}

/** `SIZE_INVALID: too large`. Without our own words, so that decisions can be based on it. */
export function describeEntries(entries: readonly RegistryErrorEntry[]): string {
  const said = entries.map(({ code, message, detail }) =>
    joined(": ", code, joined(", ", message, detail))
  );
  return joined(", ", ...new Set(said));
}

function joined(separator: string, ...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(separator);
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return printable(typeof value === "string" ? value : JSON.stringify(value), MAX_TEXT);
}
