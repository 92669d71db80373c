/** Podman with a store of a test's own. */

import { join } from "node:path";
import { exec, succeed } from "../program.ts";
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
export const PODMAN_NEEDS = ["podman", "root"] as const;

/** How it stores images. */
export type PodmanStore = "overlay" | "vfs";

/** Describes a Podman. */
export async function podmanEngine(
  installation: Installation,
  store: PodmanStore,
): Promise<Engine> {
  const { text, parts } = await versionOf(installation, "podman");
  return {
    name: `Podman ${text}, ${store}`,
    product: "Podman",
    version: parts,
    store,
    start: (action) => withDirectory((directory) => start(directory, installation, store, action)),
  };
}

async function start<T>(
  directory: string,
  installation: Installation,
  store: PodmanStore,
  action: (engine: RunningEngine) => Promise<T>,
): Promise<T> {
  const root = join(directory, "root");
  const program = requireProgram(installation, "podman");
  const podman = (...args: string[]): Promise<string> =>
    succeed([
      program,
      ...["--root", root, "--runroot", join(directory, "run"), "--tmpdir", join(directory, "tmp")],
      ...["--storage-driver", store, "--cgroup-manager", "cgroupfs", "--events-backend", "none"],
      ...args,
    ], { env: environmentOf(installation) });
  const pull = async (image: string): Promise<string> =>
    (await podman("pull", "--quiet", "--tls-verify=false", image)).trim();
  try {
    return await action({
      async unpack(image): Promise<FileTree> {
        const id = await pull(image);
        const place = (await podman("image", "mount", id)).trim();
        try {
          return readDirectoryTree(place);
        } finally {
          await podman("image", "unmount", id);
        }
      },
      async run(image, ...words): Promise<string> {
        // Its own limits may be above those that the test may set.
        const limits = ["nofile", "nproc"].flatMap((name) => ["--ulimit", `${name}=1024:1024`]);
        const options = ["--rm", "--network", "none", ...limits];
        return await podman("run", ...options, await pull(image), ...words);
      },
    });
  } finally {
    // With overlays, Podman binds its store to itself and leaves it so. With containers it does so more than once.
    while ((await exec(["umount", join(root, store)])).code === 0);
  }
}
