/** What globs are made of. */

/** A path that a pattern is held against. */
export class Text {
  /** The path. */
  readonly path: string;
  /** Whether a part of the pattern would go on where the path ends. */
  isTooShort = false;

  constructor(path: string) {
    this.path = path;
  }

  /** The character at a place; empty at the end. */
  at(index: number): string {
    if (index >= this.path.length) this.isTooShort = true;
    return this.path.charAt(index);
  }
}

/** From the places in a path where a part of a pattern may begin to those where it may end. */
export type Part = (text: Text, starts: ReadonlySet<number>) => Set<number>;

/** A character that stands for itself. */
export function literal(character: string): Part {
  return (text, starts) => {
    const ends = new Set<number>();
    for (const start of starts) if (text.at(start) === character) ends.add(start + 1);
    return ends;
  };
}

/** A character of a name. */
export function oneOf(has: (character: string) => boolean, skipsDot: boolean): Part {
  return (text, starts) => {
    const ends = new Set<number>();
    for (const start of starts) {
      const character = text.at(start);
      if (character === "" || character === "/" || skipsDot && character === ".") continue;
      if (has(character)) ends.add(start + 1);
    }
    return ends;
  };
}

/** A text of a bounded length. */
export function within(
  range: { has(text: string): boolean; readonly maxLength: number },
): Part {
  return (text, starts) => {
    const ends = new Set<number>();
    for (const start of starts) {
      for (let length = 1; length <= range.maxLength; length++) {
        if (text.at(start + length - 1) === "") break;
        if (range.has(text.path.slice(start, start + length))) ends.add(start + length);
      }
    }
    return ends;
  };
}

/**
 * `*`: what is left of a name.
 *
 * @param isFirst Whether it starts the name: then there must be something, and no dot first.
 */
export function anyName(isFirst: boolean, dot: boolean): Part {
  return (text, starts) => {
    const ends = new Set<number>();
    for (const start of starts) {
      const first = text.at(start);
      if (isFirst && (first === "" || first === "/" || !dot && first === ".")) continue;
      addNameEnds(text, start, ends);
    }
    return ends;
  };
}

function addNameEnds(text: Text, start: number, ends: Set<number>): void {
  for (let end = start; !ends.has(end); end++) {
    ends.add(end);
    if (/^\/?$/.test(text.at(end))) return;
  }
}

/** `**` at the end of a pattern. */
export function anyPath(dot: boolean): Part {
  return (text, starts) => {
    const ends = new Set<number>();
    for (const start of starts) {
      for (let end = start; !ends.has(end); end++) {
        if (!dot && isHidden(text, end)) break;
        ends.add(end);
        if (text.at(end) === "") break;
      }
    }
    return ends;
  };
}

/**
 * `**` and the slash behind it.
 *
 * @param min Directories that there must be.
 */
export function anyDirectories(min: 0 | 1, dot: boolean): Part {
  return (text, starts) => {
    const ends = new Set<number>(min === 0 ? starts : []);
    for (const start of starts) {
      for (let end = start; text.at(end) !== ""; end++) {
        if (!dot && isHidden(text, end)) break;
        if (text.at(end) === "/") ends.add(end + 1);
      }
    }
    return ends;
  };
}

function isHidden(text: Text, index: number): boolean {
  const { path } = text;
  return (index === 0 || path.charAt(index - 1) === "/") && path.charAt(index) === ".";
}

/** One after the other. */
export function inOrder(parts: readonly Part[]): Part {
  return (text, starts) => {
    let places = new Set(starts);
    for (const part of parts) {
      if (places.size === 0) break;
      places = part(text, places);
    }
    return places;
  };
}

/** Any of several. */
export function anyOf(choices: readonly Part[]): Part {
  const [only] = choices;
  if (only !== undefined && choices.length === 1) return only;
  return (text, starts) => new Set(choices.flatMap((choice) => [...choice(text, starts)]));
}

/** Once or not at all. */
export function optional(part: Part): Part {
  return (text, starts) => new Set([...starts, ...part(text, starts)]);
}

/** Once or more often. */
export function repeated(part: Part): Part {
  return (text, starts) => {
    const ends = new Set<number>();
    for (let places = part(text, starts); places.size > 0; places = part(text, places)) {
      for (const place of places) {
        if (ends.has(place)) places.delete(place);
        else ends.add(place);
      }
    }
    return ends;
  };
}

/**
 * `!(…)`, names with a dot first included. Of its choices only the last, and that only at the end of a pattern, must be all of what is
 * left of a path; the others must not be its start: `!(a).js` does not match `ab.js`.
 */
export function noneOf(choices: readonly Part[], isLast: boolean): Part {
  return (text, starts) => {
    const ends = new Set<number>();
    for (const start of starts) {
      const isExcluded = choices.some((choice, index) => {
        const found = choice(text, new Set([start]));
        const mustEnd = isLast && index === choices.length - 1;
        return mustEnd ? found.has(text.path.length) : found.size > 0;
      });
      if (!isExcluded) addNameEnds(text, start, ends);
    }
    return ends;
  };
}
