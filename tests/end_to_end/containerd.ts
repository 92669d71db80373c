/** A containerd of a test's own: private root, state and socket. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exec, succeed, withServer } from "./program.ts";
import { withDirectory } from "./scratch.ts";

/** What running images takes. */
export const CONTAINERD_NEEDS = ["containerd", "ctr", "runc", "busybox", "root"] as const;

/** Runs `ctr` against the private containerd and returns its standard output. */
export type Ctr = (...args: string[]) => Promise<string>;

/** Runs a containerd while an action uses it. */
export function withContainerd<T>(action: (ctr: Ctr) => Promise<T>): Promise<T> {
  return withDirectory(async (directory) => {
    const address = join(directory, "containerd.sock");
    const config = join(directory, "config.toml");
    await mkdir(join(directory, "root"));
    await writeFile(
      config,
      `version = 2
root = "${join(directory, "root")}"
state = "${join(directory, "state")}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${address}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${join(directory, "opt")}"
`,
    );
    const ctr: Ctr = (...args) => succeed(["ctr", "--address", address, ...args]);
    return await withServer(
      ["containerd", "--config", config],
      { ready: async () => (await exec(["ctr", "--address", address, "version"])).code === 0 },
      () => action(ctr),
    );
  });
}

/**
 * Runs a command in a new container, and returns what it printed, which comes through a file: of a command that has ended before `ctr` has
 * opened its output, as happens on a busy machine, it would print nothing.
 *
 * @param words Options of `ctr run`, and the image.
 */
export function runContainer(
  ctr: Ctr,
  words: readonly string[],
  ...command: string[]
): Promise<string> {
  return withDirectory(async (directory) => {
    const output = join(directory, "output");
    await writeFile(output, "");
    const name = `appendlayer-${crypto.randomUUID()}`;
    await ctr("run", "--rm", "--log-uri", `file://${output}`, ...words, name, ...command);
    return await readFile(output, "utf8");
  });
}

/** Pulls an image over plain http and runs a command in it, without a network or a terminal. */
export async function pullAndRun(
  ctr: Ctr,
  image: string,
  ...command: string[]
): Promise<string> {
  // The native snapshotter works on every file system, also where overlays cannot be stacked.
  const snapshotter = ["--snapshotter", "native"];
  await ctr("images", "pull", "--plain-http", ...snapshotter, image);
  return await runContainer(ctr, [...snapshotter, image], ...command);
}
