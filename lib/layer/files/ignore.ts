/**
 * Decides which files are left out, by the rules of `.dockerignore`: those of Docker's documentation, "Build context", and where it says
 * nothing those of github.com/moby/patternmatcher.
 */

import { escapeRegExp } from "./name_pattern.ts";

/** Result of a match, to be passed to the matches of paths below that path. */
export interface IgnoreMatch {
  /** Whether the path is left out. */
  readonly ignored: boolean;
  /** Which rules match the path or one of its parents. */
  readonly hits: readonly boolean[];
}

/** Decides which files are left out. */
export interface Ignore {
  /**
   * Decides about a path: a pattern that matches a directory matches all that is in it.
   *
   * @param path Relative to the source, with `/`.
   * @param parent The match of the directory that it is in; absent at the top.
   */
  match(path: string, parent?: IgnoreMatch): IgnoreMatch;
  /** Whether a pattern with `!` may keep something in an ignored directory, so that it has to be walked. */
  mayBringBack(directory: string): boolean;
}

interface Rule {
  readonly negative: boolean;
  /** Matches a whole path. */
  readonly expression: RegExp;
  /** One for each part of a path; undefined from the first `**` on, which matches any number of parts. */
  readonly parts: readonly (RegExp | undefined)[];
}

/**
 * Reads a file of patterns, one a line. Lines that start with `#` are comments.
 *
 * @returns the patterns, for {@linkcode IgnoreRules}.
 */
export function parseIgnoreFile(text: string): string[] {
  return text.replace(/^\ufeff/, "").split(/\r?\n/)
    // Before white space is trimmed: " #" starts a pattern.
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Patterns in their order: the last one that matches a path decides. */
export class IgnoreRules implements Ignore {
  readonly #rules: readonly Rule[];

  /**
   * @param patterns As in a `.dockerignore`: `*` and `?` stand for characters of a name, `**` for any directories, `[…]` for a set,
   *     `\` takes the next character as it is, `!` in front brings back what an earlier pattern left out.
   * @throws {SyntaxError} if a pattern is malformed.
   */
  constructor(patterns: readonly string[]) {
    this.#rules = patterns.map(parseRule).filter((rule) => rule !== undefined);
  }

  match(path: string, parent?: IgnoreMatch): IgnoreMatch {
    let ignored = false;
    const hits = this.#rules.map(({ expression, negative }, index) => {
      const hit = parent?.hits[index] === true || expression.test(path);
      if (hit) ignored = !negative;
      return hit;
    });
    return { ignored, hits };
  }

  mayBringBack(directory: string): boolean {
    const names = directory.split("/");
    return this.#rules.some(({ negative, parts }) => {
      if (!negative) return false;
      for (const [index, name] of names.entries()) {
        if (index >= parts.length) return false;
        const part = parts[index];
        if (part === undefined) return true;
        if (!part.test(name)) return false;
      }
      return parts.length > names.length;
    });
  }
}

function parseRule(text: string): Rule | undefined {
  const trimmed = text.trim();
  const negative = trimmed.startsWith("!");
  const body = negative ? trimmed.slice(1).trim() : trimmed;
  if (negative && body === "") {
    throw new SyntaxError(`expected a pattern behind "!", got ${JSON.stringify(text)}`);
  }
  const pattern = clean(body);
  if (pattern === "") return undefined;
  try {
    const names = pattern.split("/");
    const open = names.findIndex((name) => name.includes("**"));
    return {
      negative,
      expression: compile(pattern),
      parts: names.map((name, index) => open >= 0 && index >= open ? undefined : compile(name)),
    };
  } catch (cause) {
    throw new SyntaxError(`expected a pattern, got ${JSON.stringify(text)}`, { cause });
  }
}

/**
 * Removes `.`, `..` and empty parts from a pattern, as Go's `filepath.Clean` does, and the slash in front. A pattern that leaves the source
 * keeps its `..`, and so matches nothing.
 */
function clean(pattern: string): string {
  const parts: string[] = [];
  for (const part of pattern.split("/")) {
    if (part === "" || part === ".") continue;
    const isOutside = parts.length === 0 || parts.at(-1) === "..";
    if (part !== ".." || isOutside && !pattern.startsWith("/")) parts.push(part);
    else parts.pop();
  }
  return parts.join("/");
}

/** Compiles a pattern to regular expressions. */
function compile(pattern: string): RegExp {
  let source = "";
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (pattern.startsWith("**", index)) {
      index++;
      if (pattern.charAt(index + 1) === "/") index++;
      source += index + 1 >= pattern.length ? ".*" : "(?:.*/)?";
    } else if (character === "*") source += "[^/]*";
    else if (character === "?") source += "[^/]";
    else if (character === "[") {
      const set = /^\[(\^?)((?:\\.|[^\]\\])+)\]/.exec(pattern.slice(index));
      if (set === null) throw new SyntaxError("a set in brackets has no end");
      const [whole, not = "", members = ""] = set;
      const inside = members.replace(/\\(.)/gu, (_, escaped) => escapeInSet(escaped));
      source += `(?!/)[${not}${inside}]`;
      index += whole.length - 1;
    } else if (character === "\\") {
      index++;
      if (index >= pattern.length) throw new SyntaxError("there is nothing behind the backslash");
      source += escapeRegExp(pattern.charAt(index));
    } else source += escapeRegExp(character);
  }
  return new RegExp(`^${source}$`, "su");
}

function escapeInSet(character: string): string {
  return /[\^\\[\]-]/.test(character) ? `\\${character}` : character;
}
