/** Parses untrusted JSON: its size in memory and its depth are limited before anything is built. */

/** The most levels of lists and objects. Manifests and configs have about six; writing JSON takes a stack frame for each. */
const DEEPEST = 256;

/** The most values of a text. Each takes up to 60 bytes of memory, so that a few megabytes of `{},` would take hundreds. */
const MOST_VALUES = 1_000_000;

/** Options of {@linkcode parseBoundedJson}. */
export interface BoundedJsonOptions {
  /**
   * The most values of the text, including lists and objects.
   *
   * @default {1000000}
   */
  readonly mostValues?: number | undefined;
}

/**
 * Parses JSON.
 *
 * @throws {SyntaxError} if it is not JSON, nested too deep, or holds too many values. The message is the end of a sentence, such as "it is
 * not JSON". It has no cause, which would quote the text.
 */
export function parseBoundedJson(
  text: string,
  { mostValues = MOST_VALUES }: BoundedJsonOptions = {},
): unknown {
  checkShape(text, mostValues);
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError("it is not JSON");
  }
}

/** Counts levels and values without building anything. Invalid JSON is left to the parser. */
function checkShape(text: string, mostValues: number): void {
  let depth = 0;
  let values = 1;
  for (let place = 0; place < text.length; place++) {
    switch (text.charCodeAt(place)) {
      case 0x22: // "
        place = endOfString(text, place);
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > DEEPEST) throw new SyntaxError(`it is nested more than ${DEEPEST} deep`);
        values++;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      case 0x2c: // ,
        values++;
        break;
    }
    if (values > mostValues) throw new SyntaxError(`it holds more than ${mostValues} values`);
  }
}

/** The index of the quote that ends a string. */
function endOfString(text: string, start: number): number {
  for (let place = start + 1; place < text.length; place++) {
    const unit = text.charCodeAt(place);
    if (unit === 0x22) return place;
    // An escaped character does not end the string.
    if (unit === 0x5c) place++;
  }
  return text.length;
}
