/**
 * What is to be left out, by the rules of `.dockerignore` (Docker's documentation, "Build context", and
 * github.com/moby/patternmatcher, which decides where that is silent).
 */

/** Result of a match; pass it to the calls for what is below that path. */
export interface IgnoreMatch {
  /** Whether the path is left out. */
  readonly ignored: boolean;
  /** Which rules match the path or one of its parents. */
  readonly hits: readonly boolean[];
}

/** Decides what is left out. */
export interface Ignore {
  /**
   * Decides about a path.
   *
   * @param path Relative to the source, with `/`.
   * @param parent What was said of the directory that it is in; left out at the top.
   */
  match(path: string, parent?: IgnoreMatch): IgnoreMatch;
  /** Whether something in an ignored directory may be kept, so that it has to be walked. */
  mayBringBack(directory: string): boolean;
}

interface Rule {
  readonly negative: boolean;
  /** Matches a whole path. */
  readonly expression: RegExp;
  /** Match the parts of a path; undefined from the first `**` on, which matches any number of parts. */
  readonly parts: readonly (RegExp | undefined)[];
}

/**
 * Reads a file of patterns: one a line, `#` starts a comment at the start of a line, empty lines do not count.
 *
 * @returns the patterns, for {@linkcode IgnoreRules}.
 */
export function parseIgnoreFile(text: string): string[] {
  return text.replace(/^\ufeff/, "").split(/\r?\n/)
    // Before white space is cut off: a pattern may start with a space and "#".
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

  /**
   * Decides about a path: a pattern that matches a directory matches all that is in it.
   *
   * @param path Relative to the source, with `/`.
   * @param parent What was said of the directory that it is in; left out at the top.
   */
  match(path: string, parent?: IgnoreMatch): IgnoreMatch {
    let ignored = false;
    const hits = this.#rules.map(({ expression, negative }, index) => {
      const hit = parent?.hits[index] === true || expression.test(path);
      if (hit) ignored = !negative;
      return hit;
    });
    return { ignored, hits };
  }

  /** Whether a pattern with `!` may keep something in an ignored directory, so that it has to be walked. */
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
 * Takes `.`, `..` and empty parts out of a pattern, as Go's `filepath.Clean` does, and the slash in front: all are relative. What leaves
 * the start keeps its `..`, and so matches nothing.
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
      source += literal(pattern.charAt(index));
    } else source += literal(character);
  }
  return new RegExp(`^${source}$`, "su");
}

function literal(character: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function escapeInSet(character: string): string {
  return /[\^\\[\]-]/.test(character) ? `\\${character}` : character;
}
