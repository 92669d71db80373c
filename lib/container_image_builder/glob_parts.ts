/** The parts of compiled globs. */

/** Maps the offsets in a path at which a part of a pattern may begin to those at which it may end. */
export type Part = (path: string, starts: ReadonlySet<number>) => Set<number>;

/** A literal character. */
export function literal(character: string): Part {
  return (path, starts) => {
    const ends = new Set<number>();
    for (const start of starts) if (path.charAt(start) === character) ends.add(start + 1);
    return ends;
  };
}

/** One character of a name. */
export function oneOf(has: (character: string) => boolean, skipsDot: boolean): Part {
  return (path, starts) => {
    const ends = new Set<number>();
    for (const start of starts) {
      const character = path.charAt(start);
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
  return (path, starts) => {
    const ends = new Set<number>();
    for (const start of starts) {
      for (let length = 1; length <= range.maxLength; length++) {
        if (path.charAt(start + length - 1) === "") break;
        if (range.has(path.slice(start, start + length))) ends.add(start + length);
      }
    }
    return ends;
  };
}

/**
 * `*`: any characters of a name.
 *
 * @param isFirst Whether it starts the name: then it matches at least one character, and the first is no dot.
 */
export function anyName(isFirst: boolean): Part {
  return (path, starts) => {
    const ends = new Set<number>();
    for (const start of starts) {
      const first = path.charAt(start);
      if (isFirst && (first === "" || first === "/" || first === ".")) continue;
      addNameEnds(path, start, ends);
    }
    return ends;
  };
}

function addNameEnds(path: string, start: number, ends: Set<number>): void {
  for (let end = start; !ends.has(end); end++) {
    ends.add(end);
    if (/^\/?$/.test(path.charAt(end))) return;
  }
}

/** `**` at the end of a pattern. */
export function anyPath(path: string, starts: ReadonlySet<number>): Set<number> {
  const ends = new Set<number>();
  for (const start of starts) {
    for (let end = start; !ends.has(end); end++) {
      if (isHidden(path, end)) break;
      ends.add(end);
      if (path.charAt(end) === "") break;
    }
  }
  return ends;
}

/**
 * `**` and the slash after it.
 *
 * @param min The least number of directories.
 */
export function anyDirectories(min: 0 | 1): Part {
  return (path, starts) => {
    const ends = new Set<number>(min === 0 ? starts : []);
    for (const start of starts) {
      for (let end = start; path.charAt(end) !== ""; end++) {
        if (isHidden(path, end)) break;
        if (path.charAt(end) === "/") ends.add(end + 1);
      }
    }
    return ends;
  };
}

function isHidden(path: string, index: number): boolean {
  return (index === 0 || path.charAt(index - 1) === "/") && path.charAt(index) === ".";
}

/** A sequence of parts. */
export function inOrder(parts: readonly Part[]): Part {
  return (path, starts) => {
    let places = new Set(starts);
    for (const part of parts) {
      if (places.size === 0) break;
      places = part(path, places);
    }
    return places;
  };
}

/** Any of several parts. */
export function anyOf(choices: readonly Part[]): Part {
  const [only] = choices;
  if (only !== undefined && choices.length === 1) return only;
  return (path, starts) => new Set(choices.flatMap((choice) => [...choice(path, starts)]));
}

/** A part once or not at all. */
export function optional(part: Part): Part {
  return (path, starts) => new Set([...starts, ...part(path, starts)]);
}

/** A part once or more often. */
export function repeated(part: Part): Part {
  return (path, starts) => {
    const ends = new Set<number>();
    for (let places = part(path, starts); places.size > 0; places = part(path, places)) {
      for (const place of places) {
        if (ends.has(place)) places.delete(place);
        else ends.add(place);
      }
    }
    return ends;
  };
}

/**
 * `!(…)`, which also matches names that start with a dot. The rest of the path must not begin with any of the alternatives, so that
 * `!(a).js` does not match `ab.js`; only the last alternative, at the end of a pattern, has to match all of the rest to exclude it.
 */
export function noneOf(choices: readonly Part[], isLast: boolean): Part {
  return (path, starts) => {
    const ends = new Set<number>();
    for (const start of starts) {
      const isExcluded = choices.some((choice, index) => {
        const found = choice(path, new Set([start]));
        const mustEnd = isLast && index === choices.length - 1;
        return mustEnd ? found.has(path.length) : found.size > 0;
      });
      if (!isExcluded) addNameEnds(path, start, ends);
    }
    return ends;
  };
}
