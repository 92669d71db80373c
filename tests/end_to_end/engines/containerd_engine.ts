/** A containerd of a test's own, with each of its ways to store images. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runContainer } from "../containerd.ts";
import { exec, succeed, withServer } from "../program.ts";
import {
  describeEngine,
  type Engine,
  type EngineStart,
  environmentOf,
  type Installation,
  requireProgram,
  type RunningEngine,
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
  return await describeEngine(
    { installation, product: "containerd", program: "containerd", store },
    start,
  );
}

async function start<T>(
  { directory, installation, store, version: [major = 0] }: EngineStart<Snapshotter>,
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
  // Its newer service for pulling is told less than the client is.
  const pull = (image: string): Promise<string> =>
    ctr(
      "images",
      "pull",
      "--plain-http",
      ...(major >= 2 ? ["--local"] : []),
      ...snapshotter,
      image,
    );
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
        return await runContainer(ctr, [...snapshotter, image], ...words);
      },
    }));
}
