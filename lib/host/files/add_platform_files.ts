/** Makes layers of files on disk that differ by platform. */

import type { LayerInput, PlatformLayerInput } from "../../layer/layer_input.ts";
import type { Addition } from "../../layer/files/addition.ts";
import { addFiles, type AddFilesOptions, checkAddFiles } from "./add_files.ts";
import { platformPath } from "./platform_path.ts";

/**
 * Makes a layer of local files for each platform. The sources of additions may have placeholders for it: see {@linkcode platformPath}.
 * Platforms with the same sources get the same layer.
 *
 * @throws {TypeError} if an option, or a field of an addition, is unknown or missing.
 * @throws {SyntaxError} if a pattern or a path in the image is malformed.
 * @example
 * ```ts
 * import { appendLayer } from "@x/appendlayer";
 * import { addPlatformFiles, parseFileMode } from "@x/appendlayer/files";
 * import { mkdirSync, writeFileSync } from "node:fs";
 *
 * mkdirSync("dist", { recursive: true });
 * for (const arch of ["amd64", "arm64"]) writeFileSync(`dist/app-linux-${arch}`, arch);
 * const app = { source: "dist/app-{os}-{arch}", destination: "/usr/bin/app" };
 * await appendLayer("scratch", "oci:platforms:7", {
 *   platforms: ["linux/amd64", "linux/arm64"],
 *   layers: [addPlatformFiles({ additions: [app], chmod: parseFileMode("755") })],
 * });
 * ```
 */
export function addPlatformFiles(options: AddFilesOptions): PlatformLayerInput {
  checkAddFiles(options, "addPlatformFiles()");
  const { additions = [] } = options;
  return eachPlatformAdditions(
    additions,
    (additions) => addFiles({ ...options, additions }),
  );
}

/** Makes one layer for each different list of sources. */
export function eachPlatformAdditions(
  additions: readonly Addition[],
  make: (additions: readonly Addition[]) => LayerInput,
): PlatformLayerInput {
  const sources = additions.map(({ source }) => source);
  return eachPlatform(
    sources,
    (own) =>
      make(additions.map((addition, at) => ({ ...addition, source: own[at] ?? addition.source }))),
  );
}

/** Makes one layer for each different list of paths. */
export function eachPlatform(
  paths: readonly string[],
  make: (paths: readonly string[]) => LayerInput,
): PlatformLayerInput {
  const made = new Map<string, LayerInput>();
  return {
    forPlatform(platform): LayerInput {
      const own = paths.map((path) => platformPath(path, platform));
      const key = JSON.stringify(own);
      const known = made.get(key) ?? make(own);
      made.set(key, known);
      return known;
    },
  };
}
