import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { coreLimit, countCores } from "../../lib/host/cores.ts";

/** What each machine says, and the cores that its process may use. */
const LIMITS: readonly [name: string, files: Readonly<Record<string, string>>, cores: number][] = [
  ["a system without control groups", {}, Infinity],
  ["no limit", {
    "/proc/self/cgroup": "0::/user.slice/session-1.scope\n",
    "/sys/fs/cgroup/user.slice/cpu.max": "max 100000\n",
  }, Infinity],
  ["a limit", {
    "/proc/self/cgroup": "0::/job\n",
    "/sys/fs/cgroup/job/cpu.max": "150000 100000\n",
  }, 1.5],
  ["the smallest limit of all groups above", {
    "/proc/self/cgroup": "0::/a/b/c\n",
    "/sys/fs/cgroup/a/b/c/cpu.max": "400000 100000\n",
    "/sys/fs/cgroup/a/cpu.max": "50000 100000\n",
    "/sys/fs/cgroup/cpu.max": "200000 100000\n",
  }, 0.5],
  ["a container, which sees its group at the root", {
    "/proc/self/cgroup": "0::/docker/0123\n",
    "/sys/fs/cgroup/cpu.max": "200000 100000\n",
  }, 2],
  ["a group of the first kind", {
    "/proc/self/cgroup": "9:name=systemd:/x\n4:cpuset:/\n3:cpu,cpuacct:/docker/0123\n0::/\n",
    "/sys/fs/cgroup/cpu/docker/0123/cpu.cfs_quota_us": "50000\n",
    "/sys/fs/cgroup/cpu/docker/0123/cpu.cfs_period_us": "25000\n",
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
  }, 2],
  ["what is no number", {
    "/proc/self/cgroup": "nonsense\n0::/\n3:cpu:/\n",
    "/sys/fs/cgroup/cpu.max": "",
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "many\n",
  }, Infinity],
];

test("coreLimit() reads the limits of both kinds of control groups", () => {
  for (const [name, files, cores] of LIMITS) {
    assert.equal(coreLimit((path) => files[path]), cores, name);
  }
});

test("countCores() is a number of cores that this machine has", () => {
  const cores = countCores();
  assert.ok(Number.isInteger(cores) && cores >= 1 && cores <= availableParallelism(), `${cores}`);
});
