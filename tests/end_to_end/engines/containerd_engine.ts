/** A containerd of a test's own, with each of its ways to store images. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exec, succeed, withServer } from "../program.ts";
import { withDirectory } from "../scratch.ts";
import {
  type Engine,
  environmentOf,
  type Installation,
  requireProgram,
  type RunningEngine,
  versionOf,
} from "./engine.ts";
import { type FileTree, readDirectoryTree } from "./file_tree.ts";

/** Programs that it takes. */
export const CONTAINERD_PROGRAMS = ["containerd", "ctr", "root"] as const;

/** How it stores images. */
export type Snapshotter = "native" | "overlayfs";

/** Describes a containerd. */
export async function containerdEngine(
  installation: Installation,
  store: Snapshotter,
): Promise<Engine> {
  const { text, parts } = await versionOf(installation, "containerd");
  const isNew = (parts[0] ?? 0) >= 2;
  return {
    name: `containerd ${text}, ${store}`,
    product: "containerd",
    version: parts,
    store,
    start: (action) =>
      withDirectory((directory) => start(directory, { installation, store, isNew }, action)),
  };
}

interface StartOptions {
  readonly installation: Installation;
  readonly store: Snapshotter;
  /** Whether it has a service for pulling, which is told less than the client is. */
  readonly isNew: boolean;
}

async function start<T>(
  directory: string,
  { installation, store, isNew }: StartOptions,
  action: (engine: RunningEngine) => Promise<T>,
): Promise<T> {
  const address = join(directory, "containerd.sock");
  const config = join(directory, "config.toml");
  // `ctr images mount` takes the snapshotter from the environment alone.
  const env = { ...environmentOf(installation), CONTAINERD_SNAPSHOTTER: store };
  await mkdir(join(directory, "root"));
  await writeFile(
    config,
    `version = 2
root = "${join(directory, "root")}"
state = "${join(directory, "state")}"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.nri.v1.nri"]
[grpc]
  address = "${address}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${join(directory, "opt")}"
`,
  );
  const client = requireProgram(installation, "ctr");
  const ctr = (...args: string[]): Promise<string> =>
    succeed([client, "--address", address, ...args], { env });
  const snapshotter = ["--snapshotter", store];
  const pull = (image: string): Promise<string> =>
    ctr("images", "pull", "--plain-http", ...(isNew ? ["--local"] : []), ...snapshotter, image);
  const ready = async (): Promise<boolean> =>
    (await exec([client, "--address", address, "version"], { env })).code === 0;
  const command = [requireProgram(installation, "containerd"), "--config", config];
  return await withServer(command, { env, ready }, () =>
    action({
      async unpack(image): Promise<FileTree> {
        await pull(image);
        // The place is the name of the mount, and an old one may still be on its way out.
        const place = join(directory, `mount-${crypto.randomUUID()}`);
        await mkdir(place);
        await ctr("images", "mount", ...snapshotter, image, place);
        try {
          return readDirectoryTree(place);
        } finally {
          await ctr("images", "unmount", "--rm", ...snapshotter, place);
        }
      },
      async run(image, ...words): Promise<string> {
        await pull(image);
        const name = `appendlayer-${crypto.randomUUID()}`;
        return await ctr("run", "--rm", ...snapshotter, image, name, ...words);
      },
    }));
}
