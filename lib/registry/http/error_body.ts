/** What registries say when they refuse: JSON, HTML of a proxy, or nothing. */

import { parseBoundedJson } from "../../base/bounded_json.ts";
import { printable } from "../../base/printable.ts";
import type { RegistryErrorEntry } from "./registry_error.ts";

/** Entries to keep of an answer. */
const MAX_ENTRIES = 10;

/** Characters to keep of one text. */
const MAX_TEXT = 500;

/** Reads an error answer; whatever is not in the form of the specification gives no entries. All text is made printable. */
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

/** `SIZE_INVALID: too large`: the registry's own words, by which a decision may be made. Messages name repositories as well. */
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
