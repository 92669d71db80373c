/** Ranges in globs: `{1..9}`, `{01..10}`, `{a..e}`, `{0..10..5}`. */

/** A range such as `{1..9}`. */
export interface BraceRange {
  /** Whether a text is in the range. */
  has(text: string): boolean;
  /** The length of the longest text in the range. */
  readonly maxLength: number;
  /** The length of the range in the pattern, with its braces. */
  readonly length: number;
}

const RANGE = /^\{(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.-?(\d+))?\}/;

/** Parses a range of numbers or letters; undefined if there is none. */
export function readRange(pattern: string, start: number): BraceRange | undefined {
  const match = RANGE.exec(pattern.slice(start));
  if (match === null) return undefined;
  const [{ length }, from = "", to = "", step = "1"] = match;
  const every = Math.max(1, Number(step));
  if (isLetter(from) || isLetter(to)) {
    if (from.length !== 1 || to.length !== 1) return undefined;
    const codes = [from.charCodeAt(0), to.charCodeAt(0)] as const;
    return {
      has: (text) => text.length === 1 && isIn(text.charCodeAt(0), ...codes, every),
      maxLength: 1,
      length,
    };
  }
  const isPadded = [from, to].some((text) => /^-?0\d/.test(text));
  const width = Math.max(from.length, to.length);
  function has(text: string): boolean {
    if (!/^-?\d+$/.test(text)) return false;
    const number = Number(text);
    if (!isIn(number, Number(from), Number(to), every)) return false;
    return text === (isPadded ? pad(number, width) : String(number));
  }
  return { has, maxLength: width, length };
}

function isLetter(text: string): boolean {
  return /^[A-Za-z]$/.test(text);
}

function isIn(value: number, from: number, to: number, every: number): boolean {
  return value >= Math.min(from, to) && value <= Math.max(from, to) &&
    (value - from) % every === 0;
}

function pad(number: number, width: number): string {
  const digits = String(Math.abs(number));
  return number < 0 ? `-${digits.padStart(width - 1, "0")}` : digits.padStart(width, "0");
}
