/** Podman with a store of a test's own. */

import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
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
import { type FileTree, readDirectoryTree } from "./file_tree.ts";

/** Programs that it takes. */
export const PODMAN_NEEDS = ["podman", "root"] as const;

/** How it stores images. */
export type PodmanStore = "overlay" | "vfs";

/** A Podman with a store. */
export interface RunningPodman extends RunningEngine {
  /** Runs `podman ARGS` and returns its standard output. */
  podman(...args: string[]): Promise<string>;
  /** Pulls an image of a registry on loopback, and returns what it logs for those who look for faults. */
  pullLog(image: string): Promise<string>;
}

/** Describes a Podman. */
export async function podmanEngine(
  installation: Installation,
  store: PodmanStore,
): Promise<Engine<RunningPodman>> {
  return await describeEngine({ installation, product: "Podman", program: "podman", store }, start);
}

async function start<T>(
  { directory, installation, store, version: [major = 0] }: EngineStart<PodmanStore>,
  action: (engine: RunningPodman) => Promise<T>,
): Promise<T> {
  const root = join(directory, "root");
  const config = join(directory, "storage.conf");
  // Layers by their tables of contents, where they have them: elder ones could not yet.
  const pullsByTable = store === "overlay" && major >= 5;
  const pullOptions = pullsByTable ? '{ enable_partial_images = "true" }' : "{}";
  await writeFile(
    config,
    `[storage]
driver = "${store}"
graphroot = "${root}"
runroot = "${join(directory, "run")}"
[storage.options]
pull_options = ${pullOptions}
`,
  );
  const env = { ...environmentOf(installation), CONTAINERS_STORAGE_CONF: config };
  const command = [
    requireProgram(installation, "podman"),
    ...["--root", root, "--runroot", join(directory, "run"), "--tmpdir", join(directory, "tmp")],
    ...["--storage-driver", store, "--cgroup-manager", "cgroupfs", "--events-backend", "none"],
  ];
  const podman = (...args: string[]): Promise<string> => succeed([...command, ...args], { env });
  const tree = async (image: string): Promise<FileTree> => {
    const place = (await podman("image", "mount", image)).trim();
    try {
      return readDirectoryTree(place);
    } finally {
      await podman("image", "unmount", image);
    }
  };
  const pull = async (image: string): Promise<string> =>
    (await podman("pull", "--quiet", "--tls-verify=false", image)).trim();
  const socket = join(directory, "podman.sock");
  const ready = (): Promise<boolean> => Promise.resolve(existsSync(socket));
  try {
    return await action({
      podman,
      tree,
      async pullLog(image): Promise<string> {
        const pull = ["--log-level", "debug", "pull", "--quiet", "--tls-verify=false", image];
        const { code, stderr } = await exec([...command, ...pull], { env });
        if (code !== 0) throw new Error(`Cannot pull ${image}: ${stderr}`);
        return stderr;
      },
      withApi: (use) =>
        withServer(
          [...command, "system", "service", "--time", "0", `unix://${socket}`],
          { env, ready },
          () => use(`unix://${socket}`),
        ),
      async unpack(image): Promise<FileTree> {
        return await tree(await pull(image));
      },
      async run(image, ...words): Promise<string> {
        // Its own limits may be above those that the test may set.
        const limits = ["nofile", "nproc"].flatMap((name) => ["--ulimit", `${name}=1024:1024`]);
        const options = ["--rm", "--network", "none", ...limits];
        // A name without a slash is none of a registry.
        const id = image.includes("/") ? await pull(image) : image;
        return await podman("run", ...options, id, ...words);
      },
    });
  } finally {
    // With overlays, Podman binds its store to itself and leaves it so. With containers it does so more than once.
    while ((await exec(["umount", join(root, store)])).code === 0);
  }
}
