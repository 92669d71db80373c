/** Runs shell commands in turns and compares them. */

import { say } from "../run.ts";

/** One way to do the job. */
export interface Contender {
  readonly name: string;
  /** Which of ours it is, by its name in the setting; undefined for what it is compared with. */
  readonly ours?: string | undefined;
  /**
   * The commands, for bash.
   *
   * @param turn Different for every run, so that no run finds what another one has left.
   */
  command(turn: string): string;
  /** What must be there before a run, and is not timed. */
  prepare?(turn: string): Promise<void>;
  /** The bytes that went out, asked after a run. */
  size?(turn: string): Promise<number>;
}

/** What a contender needed. */
export interface Measurement extends Pick<Contender, "name" | "ours"> {
  /** Seconds, in ascending order. */
  readonly times: readonly number[];
  /** Median of the times. */
  readonly seconds: number;
  /** Bytes that went out, where that was asked for. */
  readonly bytes: number | undefined;
}

/** A line of the table that is printed at the end: what the peer needed, and each of ours. */
export interface Row {
  readonly title: string;
  readonly measurements: readonly Measurement[];
}

/** Runs a command with bash, and returns what it printed. */
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
 * Runs each contender once for nothing, then all of them in turns, so that a busy machine hurts them alike.
 *
 * @param label Begins the name of every turn.
 * @param runs Turns that count; of a single one there is none for nothing, since it is one that takes its time.
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
 * Prints the rows of each benchmark: seconds, and in brackets what they are of the peer's.
 *
 * @param ours Names of ours.
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
