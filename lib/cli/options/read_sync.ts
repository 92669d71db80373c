/** Reads the option `--sync`. */

import { hostProcess } from "../../host/builtin.ts";
import type { SyncFilesOptions } from "../../host/files/sync_files.ts";
import { type Addition, parseAddition } from "../../layer/files/addition.ts";
import { normalizeImagePath } from "../../layer/files/image_path.ts";
import type { LayerInput } from "../../layer/layer_input.ts";
import type { CacheStore } from "../../storage/cache_store.ts";
import type { Io } from "../io.ts";

/**
 * Parses `SRC:DEST`.
 *
 * @throws {SyntaxError} if DEST is missing, or the root.
 */
export function parseSync(text: string): Addition {
  const addition = parseAddition(text, { windows: hostProcess?.platform === "win32" });
  if (normalizeImagePath(addition.destination) !== "") return addition;
  throw new SyntaxError(
    `expected "SRC:DEST" with a DEST below the root, got ${
      JSON.stringify(text)
    }: all else in the image would be deleted`,
  );
}

/** Makes the layer input of synced directories. */
export async function syncInput(
  directories: readonly Addition[],
  options: Omit<SyncFilesOptions, "directories">,
  { io: { env }, noCache }: { readonly io: Io; readonly noCache: boolean },
): Promise<LayerInput> {
  const { syncFiles } = await import("../../host/files/sync_files.ts");
  const { cacheDirectory, createFileCache } = await import("../../host/files/file_cache.ts");
  const directory = cacheDirectory(env);
  const cache = directory === undefined || noCache ? NO_CACHE : createFileCache({ directory });
  return syncFiles({ ...options, directories, cache });
}

const NO_CACHE: CacheStore = {
  get: () => Promise.resolve(undefined),
  put: () => Promise.resolve(),
};
