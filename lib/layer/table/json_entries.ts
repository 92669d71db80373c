/** Reads the JSON of a table of contents entry by entry, so that it is never held as a whole. */

import type { ByteStream } from "../../base/bytes.ts";
import { isJsonObject, type JsonObject } from "../../oci/json.ts";

/** The most characters of an entry. */
const LONGEST_ENTRY = 256 * 1024;

/** The deepest nesting of objects and lists; today's tables have four levels. */
const DEEPEST = 16;

/** The most characters of everything but the entries. */
const LONGEST_REST = 64 * 1024;

/**
 * Reads `{"version":1,"entries":[…]}`; other members are ignored.
 *
 * @throws {SyntaxError} if it is anything else.
 */
export async function* jsonEntries(source: ByteStream): AsyncIterable<JsonObject> {
  const cutter = new EntryCutter();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for await (const chunk of source) yield* cutter.add(decoder.decode(chunk, { stream: true }));
  yield* cutter.add(decoder.decode());
  cutter.end();
}

/** Cuts the entries out of the JSON. The rest without them is JSON too. */
class EntryCutter {
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  /** Text of the present entry, and of everything but the entries. */
  #entry = "";
  #rest = "";
  /** Whether the list of entries is open: the member "entries" of the outermost object. */
  #inEntries = false;
  #hasEntries = false;

  *add(text: string): Iterable<JsonObject> {
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const character = text.charCodeAt(at);
      if (this.#inString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (character === BACKSLASH) this.#isEscaped = true;
        else if (character === QUOTE) this.#inString = false;
        continue;
      }
      if (character === QUOTE) this.#inString = true;
      else if (character === OPEN_BRACE || character === OPEN_BRACKET) {
        if (this.#inEntries && this.#depth === 2) {
          this.#keepRest(text.slice(start, at));
          start = at;
        }
        if (++this.#depth > DEEPEST) throw broken();
        if (this.#depth === 2 && character === OPEN_BRACKET && !this.#inEntries) {
          this.#keepRest(text.slice(start, at + 1));
          start = at + 1;
          this.#inEntries = /"entries"\s*:\s*\[$/.test(this.#rest);
          if (this.#inEntries && this.#hasEntries) throw broken();
          this.#hasEntries ||= this.#inEntries;
        }
      } else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) {
        this.#depth--;
        if (this.#inEntries && this.#depth === 2) {
          this.#keepEntry(text.slice(start, at + 1));
          start = at + 1;
          const entry: unknown = JSON.parse(this.#entry);
          this.#entry = "";
          if (!isJsonObject(entry)) throw broken();
          yield entry;
        } else if (this.#depth === 1) this.#inEntries = false;
      }
    }
    if (this.#inEntries && this.#depth > 2) this.#keepEntry(text.slice(start));
    else this.#keepRest(text.slice(start));
  }

  end(): void {
    // The list of entries is empty here, unless it has something else than objects.
    const rest: unknown = JSON.parse(this.#rest);
    if (!isJsonObject(rest) || !this.#hasEntries || rest["version"] !== 1) throw broken();
    const entries = rest["entries"];
    if (!Array.isArray(entries) || entries.length > 0) throw broken();
  }

  #keepEntry(text: string): void {
    this.#entry += text;
    if (this.#entry.length > LONGEST_ENTRY) throw broken();
  }

  /** Keeps text outside of the entries, without the commas and white space between them. */
  #keepRest(text: string): void {
    const isBetween = this.#inEntries && /^[\s,]*$/.test(text);
    if (!isBetween) this.#rest += text;
    if (this.#rest.length > LONGEST_REST) throw broken();
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;

function broken(): SyntaxError {
  return new SyntaxError("Cannot read a table of contents: it is not one of version 1");
}
