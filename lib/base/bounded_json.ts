/** Parses JSON that a stranger wrote: its size in memory and its depth are known before anything is built. */

/** Levels of lists and objects. Manifests and configs have about six; writing JSON takes a frame of the stack for each. */
const DEEPEST = 256;

/** Values of one text. Each takes up to 60 bytes of memory, so that a few megabytes of `{},` would take hundreds. */
const MOST_VALUES = 1_000_000;

/** Options of {@linkcode parseBoundedJson}. */
export interface BoundedJsonOptions {
  /**
   * Values that the text may hold, each list and object among them.
   *
   * @default {1000000}
   */
  readonly mostValues?: number | undefined;
}

/**
 * Parses JSON.
 *
 * @throws {SyntaxError} if it is not JSON, nested too deep, or holds too many values. The message is the end of one, as in "it is not
 * JSON", and quotes nothing of the text; there is no cause, which would.
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

/** Counts, without building anything; what is no JSON is left to the parser. */
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

/** The place of the quote that ends a string. */
function endOfString(text: string, start: number): number {
  for (let place = start + 1; place < text.length; place++) {
    const unit = text.charCodeAt(place);
    if (unit === 0x22) return place;
    // What is escaped ends nothing.
    if (unit === 0x5c) place++;
  }
  return text.length;
}
