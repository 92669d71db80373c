/** Measures the phases of a small append: by the requests that reach a registry, and by the program's own times for WebAssembly. */

import { fileURLToPath } from "node:url";
import { say } from "../run.ts";
import { type Front, now, startFront, type Traffic } from "./front.ts";
import { shell } from "./measure.ts";
import type { Setting } from "./setting.ts";
import { median } from "./statistics.ts";

/** Bytes of the file that is appended. They are random, so that compression does not change their number. */
const SIZES = [1_000, 1_000_000, 10_000_000] as const;

/** The phases of a run, in their order. */
const PARTS = [
  "start, up to the first connection",
  "https before http",
  "registry at work",
  "own work between and beside requests",
  "exit",
  "in all",
] as const;

type Run = Readonly<Record<typeof PARTS[number], number>> & { readonly traffic: Traffic };

/** Measures and prints a table for each size, then the requests of one run. */
export async function traceRuns(setting: Setting): Promise<void> {
  const front = await startFront(setting.registry.address);
  try {
    for (const size of SIZES) {
      const file = `${setting.folder}/trace-${size}`;
      await shell(`head -c ${size} /dev/urandom >${file}`);
      say(`\n## A file of ${size / 1_000} KB, ${setting.runs} runs, milliseconds\n`);
      say(`| | ${[...setting.ours.keys()].join(" | ")} |`);
      say(`| --- |${" --- |".repeat(setting.ours.size)}`);
      await traceSize(setting, front, file);
    }
  } finally {
    await front.stop();
  }
}

async function traceSize(setting: Setting, front: Front, file: string): Promise<void> {
  const { ours, runs } = setting;
  const all = new Map<string, Run[]>([...ours.keys()].map((name) => [name, []]));
  for (let run = 0; run <= runs; run++) {
    for (const [name, program] of ours) {
      const traced = await traceRun(setting, front, program, file);
      if (run > 0) all.get(name)?.push(traced);
    }
  }
  const row = (title: string, tell: (runs: readonly Run[], name: string) => string): void =>
    say(`| ${title} | ${[...all].map(([name, runs]) => tell(runs, name)).join(" | ")} |`);
  const modules = new Map<string, string>();
  const starts = new Map<string, string>();
  for (const [name, program] of ours) {
    modules.set(name, await traceModules(setting, front, program, file));
    starts.set(name, (await timeVersion(program, runs)).toFixed(1));
  }
  row("`version`, start to exit", (_, name) => starts.get(name) ?? "");
  for (const part of PARTS) {
    row(part, (runs) => median(runs.map((run) => run[part])).toFixed(1));
  }
  row("requests", (runs) => String(runs.at(-1)?.traffic.requests.length));
  row("connections", (runs) => String(runs.at(-1)?.traffic.connected.length));
  row("WebAssembly modules, to compile", (_, name) => modules.get(name) ?? "");
  for (const [name, [run]] of all) {
    const requests = run?.traffic.requests ?? [];
    const first = requests[0]?.start ?? NaN;
    say(`\n${name}, milliseconds after the first request:\n`);
    for (const { line, start, end } of requests) {
      const path = line.replace(/\/v2\/[^/]+/, "…").replace(/\?.*/, "").replace(
        /[0-9a-f]{40,}/,
        "…",
      );
      say(
        `    ${(start - first).toFixed(1).padStart(6)} ${
          (end - start).toFixed(1).padStart(6)
        }  ${path}`,
      );
    }
  }
}

let turns = 0;

/** Makes a base; returns the command that appends the file to it, and the record of its traffic. */
async function prepareRun(
  { prepare, registry }: Setting,
  front: Front,
  program: string,
  file: string,
): Promise<{ readonly command: string; readonly traffic: Traffic }> {
  const repository = `trace-${turns++}`;
  await prepare(registry.address, repository);
  const image = `${front.address}/${repository}`;
  const command = `${program} ${image}:1 ${image}:2 --quiet --add ${file}:/srv/file`;
  return { command, traffic: front.watch() };
}

async function traceRun(
  setting: Setting,
  front: Front,
  program: string,
  file: string,
): Promise<Run> {
  const { command, traffic } = await prepareRun(setting, front, program, file);
  const start = now();
  await shell(`exec ${command}`);
  const end = now();
  const { connected, handshakes, requests } = traffic;
  const firstRequest = Math.min(...requests.map((request) => request.start));
  const lastAnswer = Math.max(...requests.map((request) => request.end));
  const firstConnection = Math.min(...connected);
  const tried = Math.min(...handshakes, firstRequest);
  const busy = timeCovered(requests);
  return {
    traffic,
    "start, up to the first connection": firstConnection - start,
    "https before http": firstRequest - tried,
    "registry at work": busy,
    "own work between and beside requests": lastAnswer - firstRequest - busy,
    "exit": end - lastAnswer,
    "in all": end - start,
  };
}

/** The milliseconds in which at least one request was under way. */
function timeCovered(requests: Traffic["requests"]): number {
  let covered = 0;
  let until = 0;
  for (const { start, end } of requests.toSorted((a, b) => a.start - b.start)) {
    covered += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return covered;
}

async function timeVersion(program: string, runs: number): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = now();
    await shell(`exec ${program} version`);
    times.push(now() - start);
  }
  return median(times);
}

/** The times that WebAssembly modules take to compile, which only the program knows. A separate run, since measuring takes time too. */
async function traceModules(
  setting: Setting,
  front: Front,
  program: string,
  file: string,
): Promise<string> {
  const { command } = await prepareRun(setting, front, program, file);
  const watcher = fileURLToPath(new URL("./trace_modules.mjs", import.meta.url));
  const told = await shell(
    `BUN_OPTIONS=--preload=${watcher} NODE_OPTIONS=--import=${watcher} exec ${
      command.replace(" run -A", ` run -A --preload=${watcher}`)
    } 2>&1 >/dev/null`,
  );
  const times = [...told.matchAll(/^module (\S+)$/gm)].map(([, time]) => time);
  return times.length === 0 ? "none" : times.join(" + ");
}
