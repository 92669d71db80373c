/** A Docker daemon of a test's own, with each of its ways to store images. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
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
import { type FileTree, readTarTree } from "./file_tree.ts";

/** How it stores images: a driver of its classic store, or containerd's store with its native snapshotter. */
export type DockerStore = "overlay2" | "vfs" | "containerd";

/** A daemon that runs. */
export interface RunningDocker extends RunningEngine {
  /** Runs `docker ARGS` and returns its standard output. */
  docker(...args: string[]): Promise<string>;
}

/** Programs that it takes. */
export const DOCKER_NEEDS = ["dockerd", "docker", "containerd", "root"] as const;

/** Describes a Docker daemon. */
export async function dockerEngine(
  installation: Installation,
  store: DockerStore,
): Promise<Engine<RunningDocker>> {
  const storeName = store === "containerd" ? "containerd's store" : store;
  return await describeEngine(
    { installation, product: "Docker", program: "dockerd", store, storeName },
    start,
  );
}

async function start<T>(
  { directory, installation, store }: EngineStart<DockerStore>,
  action: (engine: RunningDocker) => Promise<T>,
): Promise<T> {
  const host = `unix://${join(directory, "docker.sock")}`;
  const env = environmentOf(installation);
  const config = join(directory, "daemon.json");
  await writeFile(
    config,
    JSON.stringify(store === "containerd" ? { features: { "containerd-snapshotter": true } } : {}),
  );
  const client = requireProgram(installation, "docker");
  const docker = (...args: string[]): Promise<string> =>
    succeed([client, "--host", host, ...args], {
      env: { ...env, DOCKER_BUILDKIT: "1" },
    });
  const command = [
    requireProgram(installation, "dockerd"),
    ...["--config-file", config, "--host", host],
    ...["--data-root", join(directory, "root"), "--exec-root", join(directory, "exec")],
    ...["--pidfile", join(directory, "docker.pid")],
    ...["--storage-driver", store === "containerd" ? "native" : store],
    ...["--iptables=false", "--ip6tables=false", "--bridge=none"],
  ];
  const ready = async (): Promise<boolean> =>
    (await exec([client, "--host", host, "info"], { env })).stdout.includes("Server Version");
  const tree = async (image: string): Promise<FileTree> => {
    const id = (await docker("create", "--network", "none", image, "/bin/sh")).trim();
    const archive = join(directory, "export.tar");
    await docker("export", "--output", archive, id);
    await docker("rm", id);
    return readTarTree(await readFile(archive));
  };
  return await withServer(command, { env, ready }, () =>
    action({
      docker,
      tree,
      withApi: (use) => use(host),
      async unpack(image): Promise<FileTree> {
        await docker("pull", "--quiet", image);
        return await tree(image);
      },
      async run(image, ...words): Promise<string> {
        return await docker("run", "--rm", "--network", "none", image, ...words);
      },
    }));
}
