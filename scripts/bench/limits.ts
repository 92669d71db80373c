/**
 * Measures appending a layer of 1 MB in a control group with little memory. There Linux counts the pages of the executable for the group
 * that reads them first; if there is no room, it drops them and reads them again. Needs root on Linux.
 */

import { say } from "../run.ts";
import { shell } from "./measure.ts";
import type { Setting } from "./setting.ts";
import { median } from "./statistics.ts";

/** Megabytes that a run may have; undefined for no limit. */
const LIMITS = [undefined, 64, 48, 40, 32, 24] as const;

/** Seconds after which a run is killed, as one that reads the same pages over and over. */
const LONGEST = 30;

/** The files of a control group. */
interface Groups {
  /** The directory in which groups are made. */
  readonly root: string;
  readonly limit: string;
  /** The file with the group's peak of bytes. */
  readonly peak: string;
}

/** Finds the version of control groups. In version 2, `memory.swap.max` limits swap, and is only set together with a memory limit. */
async function findGroups(): Promise<Groups> {
  const first = "/sys/fs/cgroup/memory";
  return await Deno.stat(first).then(
    () => ({ root: first, limit: "memory.limit_in_bytes", peak: "memory.max_usage_in_bytes" }),
    () => ({ root: "/sys/fs/cgroup", limit: "memory.max", peak: "memory.peak" }),
  );
}

/** Runs a command in a group of its own; returns seconds, undefined if it failed, and the group's peak of bytes. */
async function runWithin(
  groups: Groups,
  megabytes: number | undefined,
  command: string,
): Promise<{ readonly seconds: number | undefined; readonly peak: number }> {
  const group = `${groups.root}/appendlayer-${crypto.randomUUID()}`;
  await Deno.mkdir(group);
  try {
    if (megabytes !== undefined) {
      await Deno.writeTextFile(`${group}/${groups.limit}`, String(megabytes * 1e6));
    }
    const start = performance.now();
    const seconds = await shell(
      `( echo $BASHPID >${group}/cgroup.procs; exec timeout ${LONGEST} ${command} )`,
    ).then(() => (performance.now() - start) / 1_000, () => undefined);
    return { seconds, peak: Number(await Deno.readTextFile(`${group}/${groups.peak}`)) };
  } finally {
    await Deno.remove(group);
  }
}

/** The medians of some runs, as cells of a table: seconds and megabytes. */
async function measureWithin(
  groups: Groups,
  limit: number | undefined,
  runs: number,
  { prelude, command }: { readonly prelude: string; readonly command: string },
): Promise<readonly [seconds: string, megabytes: string]> {
  const seconds: number[] = [];
  const peaks: number[] = [];
  for (let run = 0; run < runs; run++) {
    await shell(prelude);
    const ran = await runWithin(groups, limit, command.replace("NEW", crypto.randomUUID()));
    peaks.push(ran.peak);
    if (ran.seconds !== undefined) seconds.push(ran.seconds);
  }
  return [
    seconds.length < runs ? "failed" : median(seconds).toFixed(2),
    (median(peaks) / 1e6).toFixed(0),
  ];
}

/** Prints a line for each limit: with the executable in the page cache, and read from the disk. */
export async function measureLimits(setting: Setting): Promise<void> {
  const { crane, folder, ours, prepare, registry, runs } = setting;
  const groups = await findGroups();
  const layer = `${folder}/limits.tar`;
  await shell(
    `cd ${folder} && head -c 1000000 /dev/urandom >limits.bin && tar -cf ${layer} limits.bin`,
  );
  const image = `${registry.address}/limits`;
  await prepare(registry.address, "limits");
  const programs = new Map<string, string>(
    [...ours].map(([name, program]) => [name, `${program} ${image}:1 ${image}:NEW --quiet`]),
  );
  programs.set("crane append", `${crane} append --insecure -b ${image}:1 -f - -t ${image}:NEW`);
  const readahead = await shell(
    // A partition uses the settings of its disk.
    `cd -P /sys/class/block/$(basename $(df --output=source ${folder} | tail -1))
     cat queue/read_ahead_kb 2>/dev/null || cat ../queue/read_ahead_kb`,
  );
  say("\n## A layer of 1 MB within a limit of memory, medians\n");
  say(`The disk reads ${readahead} KB ahead.\n`);
  say("| | limit, MB | s | MB charged | from the disk, s | MB charged |");
  say("| --- | --- | --- | --- | --- | --- |");
  for (const [name, command] of programs) {
    const program = await shell(`readlink -f $(command -v ${command.split(" ")[0]})`);
    const append = `${command} <${layer}`;
    const evict = `dd if=${program} iflag=nocache count=0`;
    for (const limit of LIMITS) {
      const cells = [
        ...await measureWithin(groups, limit, runs, { prelude: "", command: append }),
        ...await measureWithin(groups, limit, runs, { prelude: evict, command: append }),
      ];
      say(`| ${name} | ${limit ?? "none"} | ${cells.join(" | ")} |`);
    }
  }
}
