/**
 * Measures which steps of a small append take how much memory: by a program that does one step more each time, compared with the whole
 * command and with crane. Linux tells what the memory of each is mapped from.
 */

import { fileURLToPath } from "node:url";
import { delay } from "../../lib/base/delay.ts";
import { compileWithBun } from "../compile.ts";
import { say } from "../run.ts";
import { findBun } from "../runtimes.ts";
import { startFront } from "./front.ts";
import { shell } from "./measure.ts";
import type { Setting } from "./setting.ts";

/** The steps of `ladder_program.ts`, in their order. */
const STEPS = [
  "an empty program",
  "… that reads standard input",
  "… asks for a manifest",
  "… hashes",
  "… compresses",
  "… uploads a blob, puts a manifest",
  "… tries https",
] as const;

/** Random bytes in the layer's file. */
const SIZES = [1_000, 1_000_000] as const;

/** A process's memory in kilobytes. */
interface Mapped {
  all: number;
  /** Executable and read-only pages of the program's file, which all its processes share. */
  code: number;
  data: number;
  /** Pages that are not shared. */
  own: number;
}

/** Reads the memory mappings of a process. */
function readMapped(pid: number): Mapped {
  const mapped: Mapped = { all: 0, code: 0, data: 0, own: 0 };
  const program = Deno.readLinkSync(`/proc/${pid}/exe`);
  for (const mapping of Deno.readTextFileSync(`/proc/${pid}/smaps`).split(/^(?=[0-9a-f]+-)/m)) {
    const [head = ""] = mapping.split("\n");
    const kilobytes = (field: string): number =>
      Number(new RegExp(`^${field}: +(\\d+) kB$`, "m").exec(mapping)?.[1] ?? 0);
    const resident = kilobytes("Rss");
    const own = kilobytes("Anonymous");
    mapped.all += resident;
    mapped.own += own;
    if (!head.endsWith(program)) continue;
    mapped[head.includes(" r-xp ") ? "code" : "data"] += resident - own;
  }
  return mapped;
}

/** Compiles the program as the command is compiled. */
async function compileProgram(folder: string): Promise<string> {
  const bun = await findBun();
  if ("missing" in bun) throw new Error(`Cannot compile: ${bun.missing}`);
  const output = `${folder}/ladder`;
  const entry = fileURLToPath(new URL("./ladder_program.ts", import.meta.url));
  const { code, output: said } = await compileWithBun(bun.path, output, { entry });
  if (code !== 0) throw new Error(`Cannot compile ${entry}: ${said.trim()}`);
  return output;
}

function start(command: string, layer: string): Deno.ChildProcess {
  return new Deno.Command("bash", {
    args: ["-c", `exec ${command} <${layer}`],
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** The memory of a program that stops itself. */
async function whenStopped(command: string, layer: string): Promise<Mapped> {
  const child = start(command, layer);
  try {
    for (;;) {
      const [, state] = /\) (\w)/.exec(await Deno.readTextFile(`/proc/${child.pid}/stat`)) ?? [];
      if (state === "T") return readMapped(child.pid);
      if (state === "Z") throw new Error(`Cannot measure ${command}: it failed`);
      await delay(2);
    }
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}

/** Prints a table for each size. This needs Linux. */
export async function measureLadder(setting: Setting): Promise<void> {
  const { crane, folder, ours, prepare, registry } = setting;
  const program = await compileProgram(folder);
  const front = await startFront(registry.address);
  const repository = "ladder";
  await prepare(registry.address, repository);
  const image = `${front.address}/${repository}`;
  /** The memory of a command at the time when it tags the image. */
  const whenTagging = async (command: string, layer: string): Promise<Mapped> => {
    let mapped: Mapped | undefined;
    const traffic = front.watch((line) => {
      if (/^PUT .*\/manifests\//.test(line)) mapped ??= readMapped(child.pid);
    });
    const child = start(command, layer);
    await child.status;
    if (mapped !== undefined) return mapped;
    throw new Error(`Cannot measure ${command}: it tagged nothing in ${traffic.requests.length}`);
  };
  try {
    for (const size of SIZES) {
      const layer = `${folder}/ladder.tar`;
      await shell(
        `cd ${folder} && head -c ${size} /dev/urandom >ladder.bin && tar -cf ${layer} ladder.bin`,
      );
      say(`\n## Memory of a layer of ${size / 1_000} KB, MB\n`);
      say("| | in all | the executable's code | its data | own |\n| --- | --- | --- | --- | --- |");
      const row = (title: string, { all, code, data, own }: Mapped): void =>
        say(`| ${[title, ...[all, code, data, own].map(megabytes)].join(" | ")} |`);
      for (const [steps, title] of STEPS.entries()) {
        row(title, await whenStopped(`${program} ${steps} ${image}`, layer));
      }
      for (const [name, command] of ours) {
        row(name, await whenTagging(`${command} ${image}:1 ${image}:2 --quiet`, layer));
      }
      const append = `${crane} append --insecure -b ${image}:1 -f - -t ${image}:2`;
      row("crane append", await whenTagging(append, layer));
    }
  } finally {
    await front.stop();
  }
}

function megabytes(kilobytes: number): string {
  return (kilobytes * 1024 / 1e6).toFixed(1);
}
