/** Patterns of file names, as in `COPY`. */

/** Whether a path has a pattern in it. */
export function isNamePattern(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * Compiles a pattern for one name by the rules of Go's `filepath.Match`, as `COPY` does: `*`, `?`, `[a-z]`, `[^a-z]`, and a backslash
 * before a literal character. Names that start with a dot are matched like others.
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
    // Several stars mean the same as one, and would make the expression slow.
    if (whole.startsWith("*")) source += "[^/]*";
    else if (whole === "?") source += "[^/]";
    else if (set !== undefined) source += `[${negation}${set.replace(/(?<!\\)[\[^]/g, "\\$&")}]`;
    else source += escapeRegExp(escaped ?? plain ?? "");
  }
  return new RegExp(`^${source}$`, "su");
}

/** Escapes a text so that a regular expression matches it literally. */
export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
