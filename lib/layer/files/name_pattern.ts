/** Patterns of names of files, as in `COPY`. */

/** Whether a path has characters that mean something in a pattern. */
export function isNamePattern(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * Makes the expression for one name by the rules of Go's `filepath.Match`, which `COPY` follows: `*`, `?`, `[a-z]`, `[^a-z]`, and a
 * backslash before what is meant as it is. Names that start with a dot are matched like others.
 *
 * @throws {SyntaxError} if brackets are not closed, or nothing follows a backslash.
 */
export function namePattern(pattern: string): RegExp {
  let source = "";
  const parts = pattern.matchAll(/\*+|\?|\[(\^?)((?:\\.|[^\]\\])+)\]|\\(.)|([^*?[\\]+)|(.)/gsu);
  for (const [whole, negation, set, escaped, plain, stray] of parts) {
    if (stray !== undefined) {
      throw new SyntaxError(
        `Cannot use the pattern ${JSON.stringify(pattern)}: ${JSON.stringify(stray)} is not closed`,
      );
    }
    // One star, however many there are: several would take a time that grows with their number.
    if (whole.startsWith("*")) source += "[^/]*";
    else if (whole === "?") source += "[^/]";
    else if (set !== undefined) source += `[${negation}${set.replace(/(?<!\\)[\[^]/g, "\\$&")}]`;
    else source += escape(escaped ?? plain ?? "");
  }
  return new RegExp(`^${source}$`, "su");
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
