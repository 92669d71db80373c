/** The globs of one list, together. */

import { compileGlob, type Glob } from "./glob.ts";

interface Rule {
  readonly negated: boolean;
  readonly glob: Glob;
}

/**
 * A list of globs, each by itself, as `container-image-builder` asked micromatch's `any()`: a path is left out that one of them matches, and
 * with a directory all that is in it. One with `!` matches what the rest of it does not, and so brings nothing back.
 */
export class PackRules {
  readonly #rules: readonly Rule[];

  /**
   * Prepares a list.
   *
   * @param patterns `./` at the start of one changes nothing; with a slash at its start or end it matches nothing, as no path has one.
   * @throws {TypeError} if one is no text.
   * @throws {SyntaxError} if there is nothing behind a `!`.
   */
  constructor(patterns: readonly string[]) {
    this.#rules = patterns.filter((pattern) => pattern !== "").map(parsePattern);
  }

  /** Whether a path is left out. */
  ignores(path: string): boolean {
    return this.#rules.some(({ negated, glob }) => glob.matches(path) !== negated);
  }
}

function parsePattern(pattern: string): Rule {
  if (typeof pattern !== "string") {
    throw new TypeError(
      `Cannot ignore ${String(pattern)}: expected a pattern, got ${typeof pattern}`,
    );
  }
  // `!(a)` is a group, and two cancel each other out.
  const [marks = ""] = /^(?:!(?!\())*/.exec(pattern) ?? [];
  const negated = marks.length % 2 === 1;
  // Behind a mark, `./` stands for itself.
  const text = marks === "" ? pattern.replace(/^(?:\.\/)+/, "") : pattern.slice(marks.length);
  if (negated && text === "") {
    throw new SyntaxError(
      `Cannot ignore ${JSON.stringify(pattern)}: expected a pattern behind "!"`,
    );
  }
  return { negated, glob: compileGlob(text) };
}
