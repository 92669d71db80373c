/** How many cores a process may use. */

import { builtin } from "./builtin.ts";
import { runtime } from "./runtime.ts";

/** Where Linux mounts control groups of the second kind, and of the first one those for processor time. */
const GROUPS = "/sys/fs/cgroup";
const CPU_GROUPS = "/sys/fs/cgroup/cpu";

/** How many cores this process may use at once: those of the machine, or fewer where it is bound to some or is a container with a limit. */
export function countCores(): number {
  const cores = builtin("node:os").availableParallelism();
  // Deno and Bun know the limits, Node 20 none of them, and Node up to 24 not those of the first kind of control groups.
  return runtime === "node" ? Math.min(cores, Math.max(1, Math.floor(coreLimit(readText)))) : cores;
}

/**
 * The cores whose time the control groups of this process may take, with a fraction; `Infinity` where there is no limit.
 *
 * @param read Gives a file's text; undefined where there is none.
 */
export function coreLimit(read: (path: string) => string | undefined): number {
  let limit = Infinity;
  for (const line of read("/proc/self/cgroup")?.split("\n") ?? []) {
    const [, controllers = "", path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    // A container sees its own group at the root, whatever its path is outside.
    for (const group of ancestors(path)) {
      if (controllers === "") limit = Math.min(limit, share(read(`${GROUPS}${group}/cpu.max`)));
      if (!controllers.split(",").includes("cpu")) continue;
      const quota = read(`${CPU_GROUPS}${group}/cpu.cfs_quota_us`);
      const period = read(`${CPU_GROUPS}${group}/cpu.cfs_period_us`);
      limit = Math.min(limit, share(`${quota} ${period}`));
    }
  }
  return limit;
}

/** A group and those above it, the root as the last one. */
function ancestors(path: string): string[] {
  const names = path.split("/").filter((name) => name !== "");
  return Array.from(
    { length: names.length + 1 },
    (_, above) => names.slice(0, names.length - above).map((name) => `/${name}`).join(""),
  );
}

/** Of a quota and a period in microseconds, with a space between them. Without a limit the quota is `max` or -1. */
function share(text: string | undefined): number {
  const [quota = NaN, period = NaN] = (text ?? "").split(" ").map(Number);
  return quota > 0 && period > 0 ? quota / period : Infinity;
}

function readText(path: string): string | undefined {
  try {
    return builtin("node:fs").readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
