/** Makes a layer that makes directories of the image equal to local ones. */

import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import type { LayerListing } from "../../layer/base/layer_listing.ts";
import type { Addition } from "../../layer/files/addition.ts";
import { IgnoreRules } from "../../layer/files/ignore.ts";
import type { FileSource } from "../../layer/files/source_file.ts";
import type { NamedLayerInput } from "../../layer/layer_input.ts";
import type { SyncInput } from "../../layer/sync/sync_input.ts";
import { syncLayer } from "../../layer/sync/sync_layer.ts";
import type { SyncOptions } from "../../layer/sync/sync_options.ts";
import type { CacheStore } from "../../storage/cache_store.ts";
import { hostProcess } from "../builtin.ts";
import { spareMemory } from "../spare_memory.ts";
import { createNativeHasher } from "../native_hasher.ts";
import { errorCode } from "../system_error.ts";
import { createFileCache, userCacheDirectory } from "./file_cache.ts";
import type { FileLine } from "./file_lines.ts";
import { FileMemory } from "./file_memory.ts";
import { fileStatus } from "./file_status.ts";
import { createHashFiles } from "./hash_files.ts";
import { readStamp, slashed } from "./local_file.ts";
import { readAhead } from "./read_ahead.ts";
import { walkFiles, walkRoot } from "./walk.ts";

/** Options of {@linkcode syncFiles}. */
export interface SyncFilesOptions extends SyncOptions {
  /** Local directories, which may be missing if `allowEmpty` is set, and the directories of the image that become equal to them. */
  readonly directories: readonly Addition[];
  /**
   * Whether to follow symlinks instead of adding them.
   *
   * @default {false}
   */
  readonly dereference?: boolean | undefined;
  /**
   * Whether every file is read, even if its size, times and number are the same as when it was read last.
   *
   * @default {false}
   */
  readonly checksum?: boolean | undefined;
  /** Caches the hashes of files. @default the user's cache */
  readonly cache?: CacheStore | undefined;
  /**
   * Told of a socket, which is left out; at each reading again.
   *
   * @default {undefined} a socket is an error
   */
  readonly onSocket?: ((path: string) => void) | undefined;
  /**
   * Told of extended attributes that are left out, of a directory or of the first file in one; at each reading again. All are left out
   * except the capabilities of programs. Only the executable, Bun and Deno can look for them, on Linux.
   *
   * @default {undefined} they are not looked for
   */
  readonly onAttributes?: ((path: string, names: readonly string[]) => void) | undefined;
}

const OPTIONS: OptionNames<SyncFilesOptions> = {
  directories: true,
  owner: true,
  chmod: true,
  mtime: true,
  ignore: true,
  dereference: true,
  allowEmpty: true,
  checksum: true,
  cache: true,
  onSocket: true,
  onAttributes: true,
  onDifference: true,
};

/**
 * Makes a layer that makes directories of the image equal to local ones. It holds only the difference to the base: new and changed files,
 * and whiteouts for deleted ones. If nothing differs there is no layer, and the target becomes the base.
 *
 * @returns an input for a layer, which must lie below others that touch the same directories.
 * @throws {TypeError} if an option is unknown.
 * @throws {SyntaxError} if a pattern or a path in the image is malformed, or a directory is the root.
 * @example
 * ```ts
 * import { appendLayer } from "@x/appendlayer";
 * import { syncFiles } from "@x/appendlayer/files";
 *
 * const layer = syncFiles({ directories: [{ source: "site", destination: "/srv/site" }] });
 * await appendLayer("scratch", "oci:sync:7", { layers: [layer] });
 * const { unchanged } = await appendLayer("oci:sync:7", "oci:sync:8", { layers: [layer] });
 * console.log(unchanged); // true
 * ```
 */
export function syncFiles(options: SyncFilesOptions): NamedLayerInput {
  checkOptions(options, OPTIONS, "syncFiles()");
  const { directories, ignore = [], dereference, allowEmpty = false, ...rest } = options;
  const { cache = userCache(), checksum = false, onSocket, onAttributes, ...others } = rest;
  const rules = ignore.length === 0 ? undefined : new IgnoreRules(ignore);
  const sources: readonly FileSource[] = directories.map(({ source, destination }) => ({
    name: slashed(source),
    destination,
    files: (isEntered) =>
      allowEmpty && isMissing(source)
        ? []
        : walkFiles(source, { ignore: rules, dereference, isEntered, onSocket, onAttributes }),
  }));
  const memories = new Map<string, FileMemory>();
  const memoryOf = (source: string): FileMemory => {
    const memory = memories.get(source) ?? new FileMemory(cache, source);
    memories.set(source, memory);
    return memory;
  };
  const places = new Map<string, string>();
  let started = 0;
  const open = syncLayer({
    ...others,
    onPlaced: (name, path) => places.set(name, path),
    sources,
    allowEmpty,
    ignore: rules,
    modes: hostProcess?.platform !== "win32",
    createHasher: createNativeHasher,
    hashFiles: createHashFiles({ memoryOf, checksum }),
    readAhead,
    onLook: spareMemory,
  });
  const input: SyncInput = {
    name: "the synced files",
    history: directories.map(({ source, destination }) => `SYNC ${source} ${destination}`).join(
      ", ",
    ),
    isOptional: true,
    isDifference: true,
    input: (base) => {
      started = Date.now();
      return open(base);
    },
    onStored: async (contents) => {
      for (const { name } of sources) {
        const directory = places.get(name);
        if (directory === undefined) continue;
        const written = { contents, directory, started, dereference };
        await memoryOf(name).merge(writtenFiles(name, written));
      }
    },
  };
  return input;
}

/** The hashes of written files, except of those that have changed since they were read. */
function* writtenFiles(
  source: string,
  { contents, directory, started, dereference = false }: {
    readonly contents: LayerListing;
    /** Their directory in the image. */
    readonly directory: string;
    readonly started: number;
    readonly dereference?: boolean | undefined;
  },
): Iterable<FileLine> {
  const root = walkRoot(source);
  for (const at of contents.below(directory)) {
    spareMemory();
    const entry = contents.find(at);
    if (entry?.kind !== "file" || entry.attributes === undefined) continue;
    const path = at.slice(directory.length + 1);
    const stamp = readStamp(`${root}/${path}`, dereference);
    const [size, mtime, ctime] = stamp;
    if (size !== entry.attributes.size || mtime > started || ctime > started) continue;
    yield [path, stamp, started, entry.attributes.hash];
  }
}

function userCache(): CacheStore | undefined {
  const directory = userCacheDirectory();
  return directory === undefined ? undefined : createFileCache({ directory });
}

function isMissing(path: string): boolean {
  try {
    fileStatus(path, true);
    return false;
  } catch (error) {
    return errorCode(error) === "ENOENT";
  }
}
