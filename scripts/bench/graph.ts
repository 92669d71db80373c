/** Draws the time against the size of the layer and the number of platforms. */

import { say } from "../run.ts";
import { craneContender, ourContenders } from "./layer.ts";
import { type Contender, race, shell } from "./measure.ts";
import { prepareIndex } from "./platforms.ts";
import { BLOCK_SIZE, padded } from "../../lib/tar/header.ts";
import type { Setting } from "./setting.ts";
import { type BarChart, drawCharts, type Line, type LineChart } from "./svg.ts";

const MEGABYTES = [0.001, 0.01, 0.1, 1, 10, 100, 1_000, 10_000] as const;
const PLATFORMS = [1, 2, 5, 10, 20] as const;
const OUTPUT = "scripts/bench/speed.svg";

/** Fewer turns for the largest layers, which take up to a minute each. */
const fewerRuns = (megabytes: number, runs: number): number =>
  megabytes > 1000 ? 1 : megabytes > 100 ? Math.min(runs, 3) : runs;

/** The names of files whose concatenation is an archive of a given size. The corpus is repeated, so that a large one needs no room. */
async function makeLayer({ folder, layer }: Setting, megabytes: number): Promise<string> {
  const [size, whole] = [megabytes * 1e6, (await Deno.stat(layer)).size];
  const [head, rest, tail] = ["head", "rest", "tail"].map((name) => `${folder}/graph.${name}`);
  const padding = padded(size) - size + 2 * BLOCK_SIZE;
  await shell(`cd ${folder} && truncate -s ${size} graph.bin`);
  // The header alone; its file is sparse.
  await shell(`set +o pipefail; tar -C ${folder} -cf - graph.bin | head -c ${BLOCK_SIZE} >${head}`);
  await shell(`head -c ${size % whole} ${layer} >${rest} && head -c ${padding} /dev/zero >${tail}`);
  return [head, ...Array(Math.floor(size / whole)).fill(layer), rest, tail].join(" ");
}

/** Formats a number of kilobytes. */
function size(kilobytes: number): string {
  const [unit, value] = kilobytes >= 1e6
    ? ["GB", kilobytes / 1e6]
    : kilobytes >= 1e3
    ? ["MB", kilobytes / 1e3]
    : ["KB", kilobytes];
  return `${value} ${unit}`;
}

async function bySize(setting: Setting): Promise<LineChart> {
  const lines = new Map<string, [number, number][]>();
  for (const megabytes of MEGABYTES.filter((size) => size <= setting.largest)) {
    const files = await makeLayer(setting, megabytes);
    // Emptied before each turn, since all uploads together would fill the disk.
    const prepare = async (repository: string): Promise<void> => {
      await setting.clearRegistries();
      await setting.prepare(setting.registry.address, repository);
    };
    const contenders = [craneContender(setting, files), ...ourContenders(setting, files)]
      .map((contender): Contender => ({ ...contender, prepare }));
    const runs = fewerRuns(megabytes, setting.runs);
    const repository = `graph-${megabytes * 1000}`;
    for (const { name, seconds } of await race(repository, contenders, runs)) {
      lines.set(name, [...lines.get(name) ?? [], [megabytes * 1000, seconds]]);
      say(`${megabytes} MB, ${name}: ${seconds.toFixed(3)} s`);
    }
  }
  return { title: "Seconds by size of the layer", xTick: size, lines: asLines(lines) };
}

async function byPlatforms(setting: Setting): Promise<LineChart> {
  const { address } = setting.registry;
  const file = await makeLayer(setting, 20);
  const lines = new Map<string, [number, number][]>();
  for (const platforms of PLATFORMS) {
    const contenders = [...setting.ours].map(([name, program]): Contender => ({
      name,
      prepare: (turn): Promise<void> => prepareIndex(setting, `${turn}:1`, platforms),
      command: (turn): string =>
        `cat ${file} | ${program} ${address}/${turn}:1 ${address}/${turn}:2 --quiet`,
    }));
    for (const { name, seconds } of await race(`many-${platforms}`, contenders, setting.runs)) {
      lines.set(name, [...lines.get(name) ?? [], [platforms, seconds]]);
      say(`${platforms} platforms, ${name}: ${seconds.toFixed(2)} s`);
    }
  }
  return { title: "Seconds by platforms, 20 MB", lines: asLines(lines) };
}

/** The time of each phase, from `--verbose`. Phases overlap, so that their sum is longer than the run. */
async function byPhase(setting: Setting): Promise<BarChart> {
  const [program] = setting.ours.values();
  const { address } = setting.registry;
  await setting.prepare(address, "phases");
  const told = await shell(
    `cat ${setting.layer} | ${program} ${address}/phases:1 ${address}/phases:2 --verbose 2>&1`,
  );
  const [, total = "", phases = ""] = /took ([\d.]+) s: (.*)/.exec(told) ?? [];
  const bars = [...phases.matchAll(/(\w+) ([\d.]+) s/g)].map(([, name = "", value]) => ({
    name,
    value: Number(value),
  }));
  say(`Phases: ${phases}`);
  return {
    title: `Seconds by phase, ${setting.megabytes} MB`,
    bars: [{ name: "in all", value: Number(total) }, ...bars],
  };
}

function asLines(lines: ReadonlyMap<string, [number, number][]>): Line[] {
  return [...lines].map(([name, points]) => ({ name, points }));
}

/** Measures and draws. */
export async function drawGraph(setting: Setting): Promise<void> {
  say("\n## Graph\n");
  const charts = [await bySize(setting), await byPlatforms(setting), await byPhase(setting)];
  const file = new URL(`../../${OUTPUT}`, import.meta.url);
  await Deno.mkdir(new URL(".", file), { recursive: true });
  await Deno.writeTextFile(file, drawCharts(charts));
  // Formatted like the repository's other files.
  await shell(`${Deno.execPath()} fmt --quiet ${OUTPUT}`);
  say(`Written: ${OUTPUT}`);
}
