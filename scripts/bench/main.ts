/**
 * Measures against crane, pigz and zstd, with docker-registry on loopback:
 *
 *     deno task bench [NAME…] [--on=executable,bun,deno,node] [--runs=5] [--megabytes=256] [--gibibytes=10] [--largest=10000]
 *     deno task bench pairs --before=PATH --after=PATH [--lines=gzip,zstd,small,copy,input] [--runs=21]
 *
 * Needs bash, curl, GNU tar and time, pigz, zstd, docker-registry and crane (in the PATH, or its path in CRANE). Prints tables in Markdown;
 * the last one has a line for all that was compared, on each runtime.
 * `sync` takes Docker (as root; `DOCKER` is a client that has BuildKit) and rsync beside, where they are; `graph` also writes
 * `scripts/bench/speed.svg`; `small` measures layers of 1 KB and 1 MB, `trace` shows where the time of such an append goes, and `ladder`
 * where its memory, on Linux; `limits` runs it as a container with little memory does (as root). `pairs` compares two executables, in
 * time and peak memory.
 */

import { say } from "../run.ts";
import { measureBatch } from "./batch.ts";
import { makeCorpus } from "./corpus.ts";
import { measureCopy, measureLatency } from "./distance.ts";
import { measureFiles } from "./files.ts";
import { drawGraph } from "./graph.ts";
import { measureLadder } from "./ladder.ts";
import { measureLayer, measurePassThrough } from "./layer.ts";
import { measureLimits } from "./limits.ts";
import { reportRows, type Row, shell } from "./measure.ts";
import { measureMemory } from "./memory.ts";
import { measurePlatforms } from "./platforms.ts";
import { LINES, measurePairs } from "./pairs.ts";
import { findCrane, findPrograms, type Programs, WAYS } from "./programs.ts";
import { type Registry, startRegistry } from "./servers.ts";
import { measureSmall } from "./small.ts";
import { measureSync } from "./sync.ts";
import type { Setting } from "./setting.ts";
import { traceRuns } from "./trace.ts";

/** The benchmarks. Each may return rows for the table at the end. */
const BENCHMARKS: Readonly<
  Record<string, (setting: Setting) => Promise<readonly Row[] | void>>
> = {
  layer: measureLayer,
  "pass-through": measurePassThrough,
  latency: measureLatency,
  small: measureSmall,
  copy: measureCopy,
  memory: measureMemory,
  platforms: measurePlatforms,
  files: measureFiles,
  sync: measureSync,
  trace: traceRuns,
  ladder: measureLadder,
  limits: measureLimits,
  batch: measureBatch,
  graph: drawGraph,
};

function option(args: readonly string[], name: string): string | undefined {
  return args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}

function numberOption(args: readonly string[], name: string, otherwise: number): number {
  return Number(option(args, name) ?? otherwise);
}

/** Whether all names are known; prints those that are not. */
function areKnown(what: string, names: readonly string[], known: readonly string[]): boolean {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) say(`There is no ${what} "${unknown}": ${known.join(", ")}`);
  return unknown === undefined;
}

/** Prints the machine's load, since results of a busy machine mean little. */
function sayLoad(): void {
  const load = Deno.loadavg().map((one) => one.toFixed(2)).join(", ");
  say(`\nLoad of the machine at ${new Date().toISOString().slice(11, 19)}: ${load}`);
}

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => !arg.startsWith("--"));
  const on = option(args, "on")?.split(",") ?? WAYS;
  const [before, after] = [option(args, "before"), option(args, "after")];
  const lines = option(args, "lines")?.split(",") ?? LINES;
  const isPairs = names.length === 1 && names[0] === "pairs";
  if (
    !areKnown("benchmark", names, [...Object.keys(BENCHMARKS), ...isPairs ? names : []]) ||
    !areKnown("runtime", on, WAYS) || !areKnown("line", lines, LINES)
  ) return 2;
  if (isPairs && (before === undefined || after === undefined)) {
    say("pairs needs --before=PATH and --after=PATH");
    return 2;
  }
  const folder = await Deno.makeTempDir({ prefix: "appendlayer-bench-" });
  const registries: Registry[] = [];
  const start = async (): Promise<Registry> => {
    const registry = await startRegistry(folder);
    registries.push(registry);
    return registry;
  };
  const clearRegistries = async (): Promise<void> => {
    for (const registry of registries) await registry.clear();
  };
  try {
    const programs: Programs = isPairs
      ? { crane: await findCrane(), ours: new Map() }
      : await findPrograms(folder, on);
    const layer = `${folder}/layer.tar`;
    const megabytes = numberOption(args, "megabytes", 256);
    await makeCorpus(layer, megabytes * 1e6);
    await shell(`cd ${folder} && echo base >base.txt && tar -cf base.tar base.txt`);
    const prepare = async (address: string, repository: string): Promise<void> => {
      const target = `${address}/${repository}:1`;
      await shell(`${programs.crane} append --insecure -f ${folder}/base.tar -t ${target}`);
    };
    const setting: Setting = {
      ...programs,
      folder,
      layer,
      megabytes,
      prepare,
      registry: await start(),
      startRegistry: start,
      clearRegistries,
      runs: numberOption(args, "runs", isPairs ? 21 : 5),
      largest: numberOption(args, "largest", 10_000),
      gibibytes: numberOption(args, "gibibytes", 10),
    };
    if (before !== undefined && after !== undefined && isPairs) {
      await measurePairs(setting, { before, after, lines });
      return 0;
    }
    const rows = new Map<string, readonly Row[]>();
    for (const name of names.length > 0 ? names : Object.keys(BENCHMARKS)) {
      sayLoad();
      const measured = await BENCHMARKS[name]?.(setting);
      if (measured !== undefined) rows.set(name, measured);
      await clearRegistries();
    }
    sayLoad();
    if (rows.size > 0) reportRows(rows, [...programs.ours.keys()]);
    return 0;
  } finally {
    for (const registry of registries) await registry.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) main(Deno.args).then((code) => Deno.exit(code));
