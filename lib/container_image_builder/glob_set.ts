/** Sets of characters in globs: `[a-z]`, `[!a]`, `[[:digit:]]`. */

/** POSIX character classes (IEEE 1003.1, 9.3.5) for ASCII, as members of a character class of a regular expression. */
const CLASSES: Readonly<Record<string, string>> = {
  alnum: "a-zA-Z0-9",
  alpha: "a-zA-Z",
  ascii: "\\x00-\\x7F",
  blank: " \\t",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "\\x21-\\x7E",
  lower: "a-z",
  print: "\\x20-\\x7E",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\s",
  upper: "A-Z",
  word: "A-Za-z0-9_",
  xdigit: "A-Fa-f0-9",
};

/** A set of characters, and its end in the pattern. */
export interface GlobSet {
  /** Matches one character of the set. */
  readonly expression: RegExp;
  /** Whether it is a negated set without a POSIX class, which in micromatch never matches a dot. */
  readonly skipsDot: boolean;
  /** The offset after its closing bracket. */
  readonly end: number;
}

/**
 * Parses a set.
 *
 * @param start The offset of its opening bracket.
 * @returns undefined if it is not closed: then the bracket is a literal character.
 */
export function readSet(pattern: string, start: number): GlobSet | undefined {
  let index = start + 1;
  const negated = /[!^]/.test(pattern.charAt(index));
  if (negated) index++;
  let members = "";
  let hasClass = false;
  // A closing bracket that comes first is a member.
  for (let first = true; index < pattern.length; first = false) {
    const character = pattern.charAt(index);
    if (character === "]" && !first) {
      const expression = toExpression(members, negated);
      return expression && { expression, skipsDot: negated && !hasClass, end: index + 1 };
    }
    const [named, name = ""] = /^\[:(\w+):\]/.exec(pattern.slice(index)) ?? [];
    const known = CLASSES[name];
    if (named !== undefined && known !== undefined) {
      members += known;
      hasClass ||= members === known;
      index += named.length;
    } else if (character === "\\" && index + 1 < pattern.length) {
      members += escapeMember(pattern.charAt(index + 1));
      index += 2;
    } else {
      members += character === "-" ? "-" : escapeMember(character);
      index++;
    }
  }
  return undefined;
}

function escapeMember(character: string): string {
  return /[\^\\[\]-]/.test(character) ? `\\${character}` : character;
}

/** Makes the regular expression; undefined if a range goes backwards. */
function toExpression(members: string, negated: boolean): RegExp | undefined {
  try {
    return new RegExp(`^[${negated ? "^" : ""}${members}]$`, "s");
  } catch {
    return undefined;
  }
}
