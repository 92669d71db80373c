/**
 * Globs as micromatch 3 reads them, by which `container-image-builder` left files out; its odd readings too, since what is left out decides
 * what is in an image. A pattern becomes a tree of parts; each takes the places in a path where it may begin to all places where it may
 * end. So the cost is bounded by the lengths of path and pattern, which that of a regular expression with nested repetitions is not.
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

/** A pattern that is ready to be used. */
export interface Glob {
  /** Whether a path, with `/` between its names, is one of the pattern's. */
  matches(path: string): boolean;
}

/** Without one of these a pattern is a path as it stands, quotes included. */
const SPECIAL = /[*?+|()[\]{}\\]/;

const START: ReadonlySet<number> = new Set([0]);

/**
 * Prepares a pattern.
 *
 * @param pattern `*`, `?`, `**`, `[a-z]`, `[[:digit:]]`, `{a,b}`, `{1..9}`, `(a|b)`, `?(a)`, `*(a)`, `+(a)`, `@(a)`, `!(a)`, `a+`, and
 *     `\` or quotes for what stands for itself.
 */
export function compileGlob(pattern: string): Glob {
  const part = SPECIAL.test(pattern)
    ? new GlobParser(pattern).parse()
    : inOrder([...pattern].map(literal));
  return { matches: (path) => part(path, START).has(path.length) };
}

/** What is before a question mark that starts a name; in a group, one that starts the first choice. */
const FIRST_MARK = /^[/({]?$/;

/** What is before a star that starts a name; a later choice of a group only counts behind one such as `*.js`. */
const FIRST_STAR = /(?:^|[/({]|(?:\*|\.[^.*?/|,(){}[\]]+)[|,])$/;

class GlobParser {
  readonly #pattern: string;
  #index = 0;
  /** What ends the groups that are open, the innermost last. */
  readonly #closers: string[] = [];

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): Part {
    return anyOf(this.#alternatives("|"));
  }

  /** Up to the end of the pattern or of the group. */
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
    // What a group takes out of the pattern, or `++`, is no repetition.
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

  /** `(…)`, or one of `?*+@!` in front of it; undefined where there is none, or it has no end. */
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

  /** `{a,b}` or `{1..9}`; undefined where there is neither. */
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

  /** Question marks that start a name match no dot, nor do those that follow them. */
  #question(): Part {
    const isFirst = FIRST_MARK.test(this.#pattern.charAt(this.#index - 1));
    const marks = this.#run("?");
    return inOrder([...marks].map(() => oneOf(() => true, isFirst)));
  }

  /** `**` is one only where it is all of a name; in a group it has its own ways. */
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

  /** Takes all of a character that stand here, but for one that opens a group. */
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

/** Whether braces are closed and have a comma of their own. */
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
