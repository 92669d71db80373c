/** Wall time against the size of the layer and the number of platforms, as a drawing. */

import { say } from "../run.ts";
import { craneContender, ourContenders } from "./layer.ts";
import { type Contender, race, shell } from "./measure.ts";
import { makeIndex } from "./platforms.ts";
import type { Setting } from "./setting.ts";
import { type BarChart, drawCharts, type Line, type LineChart } from "./svg.ts";

const MEGABYTES = [1, 10, 100, 1000, 10_000] as const;
const PLATFORMS = [1, 2, 5, 10, 20] as const;
const OUTPUT = "scripts/bench/speed.svg";

/** An archive of about as many bytes, of which the corpus is repeated. */
async function makeLayer(setting: Setting, megabytes: number): Promise<string> {
  const file = `${setting.folder}/graph`;
  const content = `while :; do cat ${setting.layer}; done 2>/dev/null | head -c ${megabytes * 1e6}`;
  await shell(`set +o pipefail; (${content}) >${file}.bin`);
  await shell(`tar -C ${setting.folder} -cf ${file}.tar graph.bin && rm ${file}.bin`);
  return `${file}.tar`;
}

async function bySize(setting: Setting): Promise<LineChart> {
  const lines = new Map<string, [number, number][]>();
  for (const megabytes of MEGABYTES.filter((size) => size <= setting.largest)) {
    const file = await makeLayer(setting, megabytes);
    const contenders = [craneContender(setting, file), ...ourContenders(setting, file)];
    // The largest takes a minute a turn.
    const runs = megabytes > 1000 ? 1 : setting.runs;
    for (const { name, seconds } of await race(`graph-${megabytes}`, contenders, runs)) {
      lines.set(name, [...lines.get(name) ?? [], [megabytes, seconds]]);
      say(`${megabytes} MB, ${name}: ${seconds.toFixed(2)} s`);
    }
    await Deno.remove(file);
  }
  return { title: "Seconds by size of the layer (MB)", lines: asLines(lines) };
}

async function byPlatforms(setting: Setting): Promise<LineChart> {
  const { address } = setting.registry;
  const file = await makeLayer(setting, 20);
  const lines = new Map<string, [number, number][]>();
  for (const platforms of PLATFORMS) {
    const contenders = [...setting.ours].map(([name, program]): Contender => ({
      name,
      prepare: (turn): Promise<void> => makeIndex(setting, `${turn}:1`, platforms),
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

/** Where the time goes, as `--verbose` tells it: what goes on side by side adds up to more than it took. */
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
  // As the repository's other files are.
  await shell(`${Deno.execPath()} fmt --quiet ${OUTPUT}`);
  say(`Written: ${OUTPUT}`);
}
