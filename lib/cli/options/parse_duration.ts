/** Parses durations. */

/** Milliseconds of the units of Go's durations, including both micro signs of Unicode. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["μs", 1e-3],
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);
const DURATION = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
/** Hours in Go's 63 bits of nanoseconds. */
const MOST_HOURS = 2_562_047;

/**
 * Parses a duration of Go, such as `1m30s`, with Docker's limit: at least a millisecond, or 0.
 *
 * @returns milliseconds.
 * @throws {SyntaxError} if it is invalid.
 */
export function parseDuration(text: string): number {
  const refuse = (what: string): SyntaxError =>
    new SyntaxError(`expected a duration${what}, got ${JSON.stringify(text)}`);
  const unsigned = text.replace(/^\+/, "");
  if (unsigned === "0") return 0;
  const parts = [...unsigned.matchAll(DURATION)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== unsigned) {
    throw refuse(', as in "30s" or "1m30s"');
  }
  const time = parts.reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (UNITS.get(unit) ?? 0),
    0,
  );
  if (time !== 0 && time < 1) throw refuse(" of at least 1ms, or 0 for the default");
  if (time > MOST_HOURS * 3_600_000) throw refuse(` of at most ${MOST_HOURS}h`);
  return time;
}
