/** Text from elsewhere, made safe for a terminal. */

/**
 * What a terminal may act upon, or would hide or reorder (CVE-2021-42574): control and format characters, the separators that
 * break lines, and halves of characters.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

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
