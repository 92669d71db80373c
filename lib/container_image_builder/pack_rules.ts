/** The globs of one list. */

import { compileGlob, type Glob } from "./glob.ts";

interface Rule {
  readonly negated: boolean;
  readonly glob: Glob;
}

/**
 * A list of globs, of which each counts by itself, as with micromatch's `any()`: a path is left out if any glob matches it, and with a
 * directory everything in it. A glob with `!` matches what the rest of it does not match, and so never brings anything back.
 */
export class PackRules {
  readonly #rules: readonly Rule[];

  /**
   * Compiles a list.
   *
   * @param patterns A leading `./` changes nothing. A pattern with a slash at its start or end matches nothing, as no path has one.
   * @throws {TypeError} if a pattern is no string.
   * @throws {SyntaxError} if there is nothing after a `!`.
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
  // `!(a)` is a group, and two marks cancel each other out.
  const [marks = ""] = /^(?:!(?!\())*/.exec(pattern) ?? [];
  const negated = marks.length % 2 === 1;
  // After a mark, `./` is literal.
  const text = marks === "" ? pattern.replace(/^(?:\.\/)+/, "") : pattern.slice(marks.length);
  if (negated && text === "") {
    throw new SyntaxError(
      `Cannot ignore ${JSON.stringify(pattern)}: expected a pattern behind "!"`,
    );
  }
  return { negated, glob: compileGlob(text) };
}
