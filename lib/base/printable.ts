/** Makes remote text safe for a terminal. */

/**
 * Characters that a terminal may interpret, hide or reorder (CVE-2021-42574): control and format characters, line separators, and lone
 * surrogates.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The same for JSON, which escapes other ASCII characters itself, and may have line ends between its values. */
const UNPRINTABLE_IN_JSON = /\x7f|(?!\p{ASCII})[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Line ends and tabs, which become one space so that words stay apart. */
const SPACES = /[\t\n\v\f\r]+/g;

/**
 * Removes control characters from remote text, and shortens it.
 *
 * @param max The most characters to keep; an ellipsis marks a cut.
 */
export function printable(text: string, max = 1_000): string {
  const clean = text.replace(SPACES, " ").replace(UNPRINTABLE, "").trim();
  if (clean.length <= max) return clean;
  // Again, since the cut may leave half a surrogate pair.
  return clean.slice(0, max).replace(UNPRINTABLE, "") + "…";
}

/**
 * Like {@linkcode printable}, but keeps the indentation of a line.
 *
 * @param max The most characters to keep after the indentation.
 */
export function printableLine(line: string, max?: number): string {
  return (/^ */.exec(line)?.[0] ?? "") + printable(line, max);
}

/** Replaces the characters that {@linkcode printable} removes, each by what a function gives for it. */
export function replaceUnprintable(text: string, replace: (character: string) => string): string {
  return text.replace(UNPRINTABLE, (character) => replace(character));
}

/** Escapes the characters in JSON that {@linkcode printable} removes. The value stays the same. */
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
