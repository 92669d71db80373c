/** Runs shell commands in turns, and compares their times. */

import { say } from "../run.ts";

/** A program that takes part in a comparison. */
export interface Contender {
  readonly name: string;
  /** The name of one of our programs in the setting; undefined for other programs. */
  readonly ours?: string | undefined;
  /**
   * The commands, for bash.
   *
   * @param turn A name that is different for every run, so that no run finds the results of another.
   */
  command(turn: string): string;
  /** Prepares a run; not timed. */
  prepare?(turn: string): Promise<void>;
  /** The number of bytes that a run has sent. */
  size?(turn: string): Promise<number>;
}

/** The results of a contender. */
export interface Measurement extends Pick<Contender, "name" | "ours"> {
  /** Seconds, in ascending order. */
  readonly times: readonly number[];
  /** The median of the times. */
  readonly seconds: number;
  /** The bytes that were sent, if they were counted. */
  readonly bytes: number | undefined;
}

/** A line of the table that is printed at the end: the results of another program and of each of ours. */
export interface Row {
  readonly title: string;
  readonly measurements: readonly Measurement[];
}

/** Runs a command with bash, and returns its output. */
export async function shell(command: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-euo", "pipefail", "-c", command],
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  if (code !== 0) throw new Error(`Cannot run ${command}: ${text.decode(stderr).trim()}`);
  return text.decode(stdout).trim();
}

/**
 * Runs each contender once without measuring it, then all of them in turns, so that a busy machine slows all alike.
 *
 * @param label The beginning of the name of every turn.
 * @param runs The number of turns that count. With one, the first run counts too, since it takes long.
 */
export async function race(
  label: string,
  contenders: readonly Contender[],
  runs: number,
): Promise<Measurement[]> {
  const times = contenders.map((): number[] => []);
  const bytes = contenders.map((): number | undefined => undefined);
  for (let run = runs > 1 ? 0 : 1; run <= runs; run++) {
    for (const [index, contender] of contenders.entries()) {
      const turn = `${label}-${index}-${run}`;
      const command = contender.command(turn);
      await contender.prepare?.(turn);
      const start = performance.now();
      await shell(command);
      if (run > 0) times[index]?.push((performance.now() - start) / 1000);
      bytes[index] ??= await contender.size?.(turn);
    }
  }
  return contenders.map(({ name, ours }, index) => {
    const sorted = (times[index] ?? []).sort((a, b) => a - b);
    const seconds = sorted[Math.floor(sorted.length / 2)] ?? NaN;
    return { name, ours, times: sorted, seconds, bytes: bytes[index] };
  });
}

/**
 * Prints the rows of each benchmark: seconds, and in brackets their ratio to those of the other program.
 *
 * @param ours The names of our programs.
 */
export function reportRows(
  benchmarks: ReadonlyMap<string, readonly Row[]>,
  ours: readonly string[],
): void {
  const heads = ours.map((name) => name.split(", ")[1] ?? "executable");
  say(`\n## All of it, seconds\n\n| | measured by | beside | ${heads.join(" | ")} |`);
  say(`| --- | --- | --- |${" --- |".repeat(ours.length)}`);
  for (const [benchmark, rows] of benchmarks) {
    for (const row of rows) say(`| ${row.title} | \`${benchmark}\` | ${cellsOf(row, ours)} |`);
  }
}

function cellsOf({ measurements }: Row, ours: readonly string[]): string {
  const peer = measurements.find((one) => one.ours === undefined);
  const cells = ours.map((name) => {
    const seconds = measurements.find((one) => one.ours === name)?.seconds;
    if (seconds === undefined) return "";
    const ratio = peer === undefined ? "" : ` (${(seconds / peer.seconds).toFixed(2)})`;
    return `${seconds.toPrecision(3)}${ratio}`;
  });
  const beside = peer === undefined ? "" : `${peer.name}: ${peer.seconds.toPrecision(3)}`;
  return [beside, ...cells].join(" | ");
}

/** Prints measurements, and their ratios to the first of them. */
export function report(title: string, measurements: readonly Measurement[]): void {
  say(`\n## ${title}\n`);
  say("| | median s | min–max s | of the first | MB | of the first |");
  say("| --- | --- | --- | --- | --- | --- |");
  const [first] = measurements;
  for (const { name, seconds, times, bytes } of measurements) {
    const range = `${times[0]?.toFixed(2)}–${times.at(-1)?.toFixed(2)}`;
    const time = (seconds / (first?.seconds ?? NaN)).toFixed(2);
    const size = bytes === undefined ? "" : (bytes / 1e6).toFixed(1);
    const share = bytes === undefined || first?.bytes === undefined
      ? ""
      : (bytes / first.bytes).toFixed(2);
    say(`| ${name} | ${seconds.toFixed(2)} | ${range} | ${time} | ${size} | ${share} |`);
  }
}
