/** Compares two executables, which run in pairs, so that a busy machine slows both alike. */

import { say } from "../run.ts";
import { withCopy, withSmallFile } from "./distance.ts";
import { ourContenders } from "./layer.ts";
import { type Contender, shell } from "./measure.ts";
import type { Setting } from "./setting.ts";
import { median, medianInterval } from "./statistics.ts";

/** The tasks that are compared. */
export const LINES = ["gzip", "zstd", "small", "copy", "input"] as const;

/** Incompressible bytes, for the last task. */
const INPUT_SIZE = 256_000_000;

/** Options of {@linkcode measurePairs}. */
export interface PairOptions {
  /** Paths of the executables. */
  readonly before: string;
  readonly after: string;
  /** The tasks, from `LINES`. */
  readonly lines: readonly string[];
}

/** The result of one run. */
interface Sample {
  readonly seconds: number;
  /** The peak of resident memory. */
  readonly megabytes: number;
}

/** The two samples of every turn. */
type Pairs = readonly (readonly [before: Sample, after: Sample])[];

/** Measures and prints a table. */
export async function measurePairs(given: Setting, options: PairOptions): Promise<void> {
  const report = `${given.folder}/peak`;
  const timed = (program: string): string => `/usr/bin/time -o ${report} -f %M ${program}`;
  const ours = new Map([["before", timed(options.before)], ["after", timed(options.after)]]);
  const setting: Setting = { ...given, ours };
  say(`\n${setting.runs} pairs: medians, and the ratio of after to before in the median pair\n`);
  say("| | | before | after | ratio | interval of the ratio |");
  say("| --- | --- | --- | --- | --- | --- |");
  for (const line of LINES) {
    if (!options.lines.includes(line)) continue;
    await onLine(line, setting, async (title, contenders) => {
      // The two executables are the last contenders.
      tell(title, await pair(line, contenders.slice(-2), setting.runs, report));
    });
  }
}

/** Prepares a task. */
async function onLine(
  line: (typeof LINES)[number],
  setting: Setting,
  go: (title: string, contenders: readonly Contender[]) => Promise<void>,
): Promise<void> {
  const { folder, layer } = setting;
  switch (line) {
    case "gzip": {
      const megabytes = ((await Deno.stat(layer)).size / 1e6).toFixed(0);
      return await go(`layer of ${megabytes} MB, gzip`, ourContenders(setting, layer));
    }
    case "zstd":
      return await go("the same, zstd", ourContenders(setting, layer, "--compression zstd"));
    case "small":
      return await withSmallFile(setting, false, (all) => go("one small file, 50 ms away", all));
    case "copy":
      return await withCopy(setting, (all) => go("copy of 10 layers, 50 ms away", all));
    case "input": {
      const file = `${folder}/input`;
      await shell(
        `head -c ${INPUT_SIZE} /dev/urandom >${file}.bin && tar -C ${folder} -cf ${file}.tar input.bin`,
      );
      await go("256 MB from standard input, random", ourContenders(setting, `${file}.tar`));
      await shell(`rm ${file}.bin ${file}.tar`);
    }
  }
}

/** Runs both once without measuring, then in pairs, in which each is first by turns. */
async function pair(
  line: string,
  contenders: readonly Contender[],
  runs: number,
  report: string,
): Promise<Pairs> {
  const pairs: [Sample, Sample][] = [];
  for (let run = 0; run <= runs; run++) {
    const samples: Sample[] = [];
    for (const index of run % 2 === 0 ? [0, 1] : [1, 0]) {
      const contender = contenders[index];
      if (contender === undefined) throw new Error("Cannot compare: there are not two programs");
      const turn = `${line}-${contender.name.split(" ")[0]}-${run}`;
      const command = contender.command(turn);
      await contender.prepare?.(turn);
      const start = performance.now();
      await shell(command);
      const seconds = (performance.now() - start) / 1000;
      const kilobytes = Number((await Deno.readTextFile(report)).trim().split("\n").at(-1));
      samples[index] = { seconds, megabytes: kilobytes * 1024 / 1e6 };
    }
    const [before, after] = samples;
    if (run > 0 && before !== undefined && after !== undefined) pairs.push([before, after]);
  }
  return pairs;
}

function tell(title: string, pairs: Pairs): void {
  const measures = [["seconds", "s", 3], ["megabytes", "MB", 1]] as const;
  for (const [measure, unit, digits] of measures) {
    const ratios = pairs.map(([before, after]) => after[measure] / before[measure]);
    const { low, high, confidence } = medianInterval(ratios);
    const [before, after] = [0, 1].map((index) =>
      median(pairs.map((samples) => samples[index as 0 | 1][measure])).toFixed(digits)
    );
    const range = `${low.toFixed(3)}–${high.toFixed(3)} (${(100 * confidence).toFixed(1)} %)`;
    say(
      `| ${title} | ${unit} | ${before} | ${after} | ${median(ratios).toFixed(3)} | ${range} |`,
    );
  }
}
