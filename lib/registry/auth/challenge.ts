/** Parses the header `WWW-Authenticate` of a 401 (RFC 9110 §11.6.1), as registries write it. */

/** One scheme with its parameters. */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Parameters by their names in lower case. The first of two with the same name counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Characters of a header that are read. The longest known one, with a signed query, has some 600. */
const LONGEST_HEADER = 4_096;

const SEPARATORS = /[\s,]*/y;
const TOKEN = /[^\s,="]+/y;
const EQUALS = /\s*=\s*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"?/ys;
const BARE_VALUE = /[^\s,]*/y;

/**
 * Reads all challenges of a header, or of several that `headers.get` has joined with commas. A name without `=` begins a scheme. Malformed
 * parts are skipped, so that they do not hide the next challenge.
 *
 * @example
 * ```ts
 * parseChallenges('Bearer realm="https://auth.example/token",service="registry"')[0]?.scheme; // "bearer"
 * ```
 */
export function parseChallenges(text: string): Challenge[] {
  const header = text.slice(0, LONGEST_HEADER);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(header);
    if (match !== null) position = pattern.lastIndex;
    return match;
  };

  while (true) {
    take(SEPARATORS);
    if (position >= header.length) return challenges;
    const name = take(TOKEN)?.[0].toLowerCase();
    if (name === undefined) {
      // A stray `=` or quote.
      position++;
    } else if (take(EQUALS) === null) {
      challenges.push({ scheme: name, parameters: new Map() });
    } else {
      const quoted = take(QUOTED)?.[1];
      const value = quoted?.replace(/\\(.)/gs, "$1") ?? take(BARE_VALUE)?.[0] ?? "";
      const parameters = challenges.at(-1)?.parameters;
      if (parameters?.has(name) === false) parameters.set(name, value);
    }
  }
}

/** The challenge to answer: Bearer with a realm, else Basic. */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  return challenges.find(({ scheme, parameters }) =>
    scheme === "bearer" && parameters.has("realm")
  ) ?? challenges.find(({ scheme }) => scheme === "basic");
}
