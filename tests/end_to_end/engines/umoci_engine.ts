/** umoci, which unpacks images of OCI layouts; skopeo fetches them. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { succeed } from "../program.ts";
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
export const UMOCI_NEEDS = ["umoci", "skopeo", "root"] as const;

/** Describes an umoci. */
export async function umociEngine(installation: Installation): Promise<Engine> {
  return await describeEngine(
    { installation, product: "umoci", program: "umoci", store: "" },
    start,
  );
}

async function start<T>(
  { directory, installation }: EngineStart<string>,
  action: (engine: RunningEngine) => Promise<T>,
): Promise<T> {
  const env = environmentOf(installation);
  const umoci = requireProgram(installation, "umoci");
  const skopeo = requireProgram(installation, "skopeo");
  return await action({
    async unpack(image): Promise<FileTree> {
      const layout = join(directory, "layout");
      const bundle = join(directory, "bundle");
      try {
        await succeed([
          ...[skopeo, "--insecure-policy", "copy", "--quiet", "--src-tls-verify=false"],
          ...[`docker://${image}`, `oci:${layout}:image`],
        ], { env });
        await succeed([umoci, "unpack", "--image", `${layout}:image`, bundle], { env });
        return readDirectoryTree(join(bundle, "rootfs"));
      } finally {
        await rm(layout, { recursive: true, force: true });
        await rm(bundle, { recursive: true, force: true });
      }
    },
    run(): Promise<string> {
      return Promise.reject(new Error("umoci runs nothing"));
    },
  });
}
