/**
 * Globs as micromatch 3 reads them, by which `container-image-builder` leaves files out. Its quirks are kept, since what is left out
 * decides what is in an image. A pattern becomes a tree of parts. Each part maps the offsets in a path at which it may begin to all
 * offsets at which it may end, so that the cost is bounded by the lengths of path and pattern, unlike that of a regular expression with
 * nested repetitions.
 */

import {
  anyDirectories,
  anyName,
  anyOf,
  anyPath,
  inOrder,
  literal,
  noneOf,
  oneOf,
  optional,
  type Part,
  repeated,
  within,
} from "./glob_parts.ts";
import { readRange } from "./glob_range.ts";
import { readSet } from "./glob_set.ts";

/** A compiled pattern. */
export interface Glob {
  /** Whether the pattern matches a path, whose names are separated by `/`. */
  matches(path: string): boolean;
}

/** A pattern without any of these characters is a literal path, quotes included. */
const SPECIAL = /[*?+|()[\]{}\\]/;

const START: ReadonlySet<number> = new Set([0]);

/**
 * Compiles a pattern.
 *
 * @param pattern `*`, `?`, `**`, `[a-z]`, `[[:digit:]]`, `{a,b}`, `{1..9}`, `(a|b)`, `?(a)`, `*(a)`, `+(a)`, `@(a)`, `!(a)`, `a+`, and
 *     `\` or quotes for literal characters.
 */
export function compileGlob(pattern: string): Glob {
  const part = SPECIAL.test(pattern)
    ? new GlobParser(pattern).parse()
    : inOrder([...pattern].map(literal));
  return { matches: (path) => part(path, START).has(path.length) };
}

/** The text before a question mark that starts a name; in a group, one that starts the first alternative. */
const FIRST_MARK = /^[/({]?$/;

/** The text before a star that starts a name; in a later alternative of a group it only does after one such as `*.js`. */
const FIRST_STAR = /(?:^|[/({]|(?:\*|\.[^.*?/|,(){}[\]]+)[|,])$/;

class GlobParser {
  readonly #pattern: string;
  #index = 0;
  /** The closing characters of the groups that are open, the innermost last. */
  readonly #closers: string[] = [];

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): Part {
    return anyOf(this.#alternatives("|"));
  }

  /** Parses alternatives up to the end of the pattern or of the group. */
  #alternatives(separator: string): Part[] {
    const choices: Part[] = [];
    do choices.push(this.#sequence(separator)); while (this.#take(separator));
    return choices;
  }

  #sequence(separator: string): Part {
    const parts: Part[] = [];
    while (this.#index < this.#pattern.length) {
      const character = this.#pattern.charAt(this.#index);
      if (character === separator || character === this.#closers.at(-1)) break;
      parts.push(this.#part(character));
    }
    return inOrder(parts);
  }

  #part(character: string): Part {
    if (character === "*" && !this.#opensGroup(this.#index)) return this.#star();
    const part = this.#group() ?? this.#brace() ?? this.#single(character);
    // A plus sign of a group, as in `+(a)`, or of `++` is no repetition.
    if (!/^\+(?![(+])/.test(this.#pattern.slice(this.#index))) return part;
    if (this.#pattern.charAt(this.#index - 1) === "+") return part;
    this.#index++;
    const isPlain = /[^\])}?./]/.test(this.#pattern.charAt(this.#index - 2));
    return isPlain ? inOrder([repeated(part), optional(literal("+"))]) : repeated(part);
  }

  #single(character: string): Part {
    if (character === "[") {
      const set = readSet(this.#pattern, this.#index);
      if (set !== undefined) {
        this.#index = set.end;
        return oneOf((found) => set.expression.test(found), set.skipsDot);
      }
    }
    if (character === "?") return this.#question();
    const [quoted, , text = ""] = /^(["'])(.*?)\1/s.exec(this.#pattern.slice(this.#index)) ?? [];
    if (quoted !== undefined) {
      this.#index += quoted.length;
      return inOrder([...text].map(literal));
    }
    this.#index++;
    if (character !== "\\" || this.#index >= this.#pattern.length) return literal(character);
    return literal(this.#pattern.charAt(this.#index++));
  }

  /** Parses `(…)`, with or without one of `?*+@!` before it; undefined if there is none, or it is not closed. */
  #group(): Part | undefined {
    if (!this.#opensGroup(this.#index)) return undefined;
    const [opening = "", kind = ""] = /^(\(\?:|[?*+@!]?\()/.exec(
      this.#pattern.slice(this.#index),
    ) ?? [];
    this.#index += opening.length;
    this.#closers.push(")");
    const choices = this.#alternatives("|");
    this.#closers.pop();
    this.#take(")");
    const inside = anyOf(choices);
    switch (kind) {
      case "?(":
        return optional(inside);
      case "*(":
        return optional(repeated(inside));
      case "+(":
        return repeated(inside);
      case "!(":
        return noneOf(choices, /^\)*$/.test(this.#pattern.slice(this.#index)));
      default:
        return inside;
    }
  }

  #opensGroup(index: number): boolean {
    const [, prefix] = /^([?*+@!]?)\(/.exec(this.#pattern.slice(index)) ?? [];
    return prefix !== undefined && hasEnd(this.#pattern, index + prefix.length);
  }

  /** Parses `{a,b}` or `{1..9}`; undefined if there is neither. */
  #brace(): Part | undefined {
    if (this.#pattern.charAt(this.#index) !== "{") return undefined;
    const range = readRange(this.#pattern, this.#index);
    if (range !== undefined) {
      this.#index += range.length;
      return within(range);
    }
    if (!hasComma(this.#pattern, this.#index)) return undefined;
    this.#index++;
    this.#closers.push("}");
    const choices = this.#alternatives(",");
    this.#closers.pop();
    this.#take("}");
    return anyOf(choices);
  }

  /** Parses question marks. Those that start a name match no dot. */
  #question(): Part {
    const isFirst = FIRST_MARK.test(this.#pattern.charAt(this.#index - 1));
    const marks = this.#run("?");
    return inOrder([...marks].map(() => oneOf(() => true, isFirst)));
  }

  /** Parses stars. `**` only matches directories if it is a whole name; in a group it has rules of its own. */
  #star(): Part {
    const before = this.#pattern.slice(0, this.#index);
    const isFirst = FIRST_STAR.test(before);
    const stars = this.#run("*");
    const after = this.#pattern.charAt(this.#index);
    if (stars === "**" && /^$|\/$/.test(before)) {
      if (after === "") return anyPath;
      if (after === ")") return anyOf([anyPath, anyName(false)]);
      if (this.#take("/")) return anyDirectories(0);
      if (/[,|}]/.test(after)) return anyName(false);
    }
    if (stars === "**" && /[({]$/.test(before) && this.#take("/")) {
      return anyDirectories(1);
    }
    return anyName(isFirst);
  }

  /** Consumes a run of one character, except a last one that opens a group. */
  #run(character: string): string {
    let run = "";
    while (this.#pattern.charAt(this.#index) === character && !this.#opensGroup(this.#index)) {
      run += character;
      this.#index++;
    }
    return run;
  }

  #take(character: string): boolean {
    if (this.#pattern.charAt(this.#index) !== character) return false;
    this.#index++;
    return true;
  }
}

function hasEnd(pattern: string, start: number): boolean {
  let depth = 0;
  for (let index = start; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === "\\") index++;
    else if (character === "[") index = (readSet(pattern, index)?.end ?? index + 1) - 1;
    else if (character === "(") depth++;
    else if (character === ")" && --depth === 0) return true;
  }
  return false;
}

/** Whether braces are closed, and have a comma outside of inner braces. */
function hasComma(pattern: string, start: number): boolean {
  let depth = 0;
  let found = false;
  for (let index = start; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === "\\") index++;
    else if (character === "[") index = (readSet(pattern, index)?.end ?? index + 1) - 1;
    else if (character === "{") depth++;
    else if (character === "," && depth === 1) found = true;
    else if (character === "}" && --depth === 0) return found;
  }
  return false;
}
