/** Makes remote text safe for a terminal. */

/**
 * What a terminal may act upon, or would hide or reorder (CVE-2021-42574): control and format characters, the separators that
 * break lines, and halves of characters.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The same in JSON, which escapes the rest of ASCII itself, and may have line ends between its values. */
const UNPRINTABLE_IN_JSON = /\x7f|(?!\p{ASCII})[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Line ends and tabs, which become one space so that words stay apart. */
const SPACES = /[\t\n\v\f\r]+/g;

/**
 * Strips control characters from remote text, and cuts it.
 *
 * @param max Characters to keep; a cut is marked with an ellipsis.
 */
export function printable(text: string, max = 1_000): string {
  const clean = text.replace(SPACES, " ").replace(UNPRINTABLE, "").trim();
  if (clean.length <= max) return clean;
  // Once more: the cut may leave half a character.
  return clean.slice(0, max).replace(UNPRINTABLE, "") + "…";
}

/**
 * Like {@linkcode printable}, for a line whose indentation means something.
 *
 * @param max Characters to keep after the indentation.
 */
export function printableLine(line: string, max?: number): string {
  return (/^ */.exec(line)?.[0] ?? "") + printable(line, max);
}

/** Escapes in JSON what {@linkcode printable} strips; it stands for the same value. */
export function printableJson(json: string): string {
  return json.replace(
    UNPRINTABLE_IN_JSON,
    (character) =>
      character.replace(
        /[^]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      ),
  );
}
