/** A cache in a directory of the user. */

import { type ByteStream, oneChunk } from "../../base/bytes.ts";
import { countBytes } from "../../base/count_bytes.ts";
import type { CacheStore } from "../../storage/cache_store.ts";
import { hashText } from "../native_hasher.ts";
import { spareMemory } from "../spare_memory.ts";
import { builtin, hostProcess } from "../builtin.ts";
import type { Environment } from "../credentials/auth_files.ts";
import { SMALL_FILE } from "./local_file.ts";
import { closeFile, openFile, readFile, writeAll } from "./file_stream.ts";

/** The most bytes of all files; the oldest are removed. */
const LARGEST = 256 * 1024 * 1024;

/** Milliseconds after which a temporary file counts as left behind by a killed run. */
const STALE = 60 * 60_000;

const TEMPORARY = ".tmp";

/** The approximate compressed bytes of a line in a long list. */
const BYTES_PER_LINE = 40;

/** Options of {@linkcode createFileCache}. */
export interface FileCacheOptions {
  readonly directory: string;
  /**
   * The most bytes of all files together.
   *
   * @default {268435456}
   */
  readonly limit?: number | undefined;
}

/**
 * The directory of the cache: the value of `APPENDLAYER_CACHE`, else `appendlayer` in the system's directory for caches (`XDG_CACHE_HOME`,
 * `~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`); undefined if there is none.
 */
export function cacheDirectory(env: Environment, home?: string): string | undefined {
  const own = env["APPENDLAYER_CACHE"];
  if (own) return own;
  const { join, isAbsolute } = builtin("node:path");
  const user = home ?? builtin("node:os").homedir();
  const system = hostProcess?.platform === "win32"
    ? env["LOCALAPPDATA"]
    : hostProcess?.platform === "darwin"
    ? user && join(user, "Library", "Caches")
    : env["XDG_CACHE_HOME"] || user && join(user, ".cache");
  return system && isAbsolute(system) ? join(system, "appendlayer") : undefined;
}

/** The directory of this user's cache. */
export function userCacheDirectory(): string | undefined {
  return cacheDirectory(hostProcess?.env ?? {});
}

/**
 * Opens a cache. Its directory is made at the first write, for the user alone. Concurrent runs can share it: files are written under other
 * names and renamed, and a removed one is only missing.
 */
export function createFileCache({ directory, limit = LARGEST }: FileCacheOptions): CacheStore {
  const { join } = builtin("node:path");
  const pathOf = (name: string): string => join(directory, hashText(name));
  let written = 0;
  // Bytes that may be written until the files are counted again, which takes 12 ms for a thousand. They are counted at the first write.
  let allowed = -1;
  let making: Promise<void> | undefined;
  async function makeRoom(): Promise<void> {
    const before = written;
    allowed = before + limit - await removeOldest(directory, limit);
  }
  return {
    get(name): Promise<ByteStream | undefined> {
      return Promise.resolve(read(pathOf(name)));
    },
    async put(name, bytes): Promise<void> {
      const { mkdir, rename, rm } = builtin("node:fs").promises;
      const path = pathOf(name);
      const temporary = `${path}.${crypto.randomUUID()}${TEMPORARY}`;
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        const size = await writeFile(temporary, bytes);
        await rename(temporary, path);
        written += size;
        while (written > allowed) {
          await (making ??= makeRoom().finally(() => making = undefined));
        }
      } catch {
        await rm(temporary, { force: true }).catch(() => {});
      }
    },
  };
}

/** Reads a file synchronously: for promises Bun starts threads, which takes longer than the read. */
function read(path: string): ByteStream | undefined {
  const { readFileSync, statSync, utimesSync } = builtin("node:fs");
  try {
    const { size } = statSync(path);
    const bytes = size <= SMALL_FILE
      ? oneChunk(new Uint8Array(readFileSync(path)))
      : countBytes(readFile(path), (_, { length }) => spareMemory(length / BYTES_PER_LINE));
    const now = new Date();
    // Marks the file as used, so that it is not removed early.
    utimesSync(path, now, now);
    return bytes;
  } catch {
    return undefined;
  }
}

/** Writes a new file; returns its size. */
async function writeFile(path: string, bytes: ByteStream): Promise<number> {
  const descriptor = await openFile(path, "wx", 0o600);
  let position = 0;
  try {
    for await (const chunk of bytes) {
      await writeAll(descriptor, chunk, position);
      position += chunk.length;
      spareMemory(chunk.length / BYTES_PER_LINE);
    }
  } finally {
    await closeFile(descriptor);
  }
  return position;
}

/** Removes the oldest files above a limit, and files that runs left behind; returns the remaining bytes. */
async function removeOldest(directory: string, limit: number): Promise<number> {
  const { readdir, rm, stat } = builtin("node:fs").promises;
  const { join } = builtin("node:path");
  const files: { readonly path: string; readonly size: number; readonly time: number }[] = [];
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || !found.isFile()) continue;
    if (!name.endsWith(TEMPORARY)) files.push({ path, size: found.size, time: found.mtimeMs });
    else if (Date.now() - found.mtimeMs > STALE) await rm(path, { force: true });
  }
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of files.sort((a, b) => a.time - b.time)) {
    if (total <= limit) break;
    await rm(path, { force: true });
    total -= size;
  }
  return total;
}
