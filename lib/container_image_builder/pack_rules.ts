/** The globs of one list, together. */

import type { Ignore, IgnoreMatch } from "../layer/files/ignore.ts";
import { compileGlob, type Glob } from "./glob.ts";

interface Rule {
  readonly negated: boolean;
  readonly glob: Glob;
}

/**
 * A list of globs. Without `!` in it, a path is left out that any of them matches, and all that is in it. With `!`, the last that matches a
 * path or a directory above it decides, and wildcards match names that start with a dot too, as in a `.dockerignore`; one that has nothing
 * but `!` leaves out what none of them matches.
 */
export class PackRules implements Ignore {
  readonly #rules: readonly Rule[];
  /** What is said of a path that nothing matches. */
  readonly #default: boolean;

  /**
   * Prepares a list.
   *
   * @param patterns A slash at the start or end of one changes nothing, nor does `./`.
   * @throws {TypeError} if one is no text.
   * @throws {SyntaxError} if there is nothing behind a `!`.
   */
  constructor(patterns: readonly string[]) {
    const parsed = patterns.map(parsePattern).filter(({ text }) => text !== "");
    const someNegated = parsed.some(({ negated }) => negated);
    this.#default = someNegated && parsed.every(({ negated }) => negated);
    const dot = someNegated && !this.#default;
    this.#rules = parsed.map(({ negated, text }) => ({
      negated,
      glob: compileGlob(text, { dot }),
    }));
  }

  /** Decides about a path. */
  match(path: string, parent?: IgnoreMatch): IgnoreMatch {
    let ignored = this.#default;
    const hits = this.#rules.map(({ negated, glob }, index) => {
      const hit = parent?.hits[index] === true || glob.matches(path);
      if (hit) ignored = !negated;
      return hit;
    });
    return { ignored, hits };
  }

  /** Whether a `!` may bring back something in a directory that is left out. */
  mayBringBack(directory: string): boolean {
    return this.#rules.some(({ negated, glob }) => negated && glob.mayMatchIn(directory));
  }
}

function parsePattern(pattern: string): { readonly negated: boolean; readonly text: string } {
  if (typeof pattern !== "string") {
    throw new TypeError(
      `Cannot ignore ${String(pattern)}: expected a pattern, got ${typeof pattern}`,
    );
  }
  // `!(a)` is a group, and two cancel each other out.
  const [marks = ""] = /^(?:!(?!\())*/.exec(pattern) ?? [];
  const negated = marks.length % 2 === 1;
  const text = pattern.slice(marks.length).replace(/^(?:\.\/)+/, "").replace(/^\/+|\/+$/g, "");
  if (negated && text === "") {
    throw new SyntaxError(
      `Cannot ignore ${JSON.stringify(pattern)}: expected a pattern behind "!"`,
    );
  }
  return { negated, text };
}
