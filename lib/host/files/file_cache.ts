/** A directory of the user's that keeps what is worth remembering from run to run. */

import { type ByteStream, oneChunk } from "../../base/bytes.ts";
import { countBytes } from "../../base/count_bytes.ts";
import type { CacheStore } from "../../storage/cache_store.ts";
import { hashText } from "../native_hasher.ts";
import { spareMemory } from "../spare_memory.ts";
import { builtin, hostProcess } from "../builtin.ts";
import type { Environment } from "../credentials/auth_files.ts";
import { SMALL_FILE } from "./local_file.ts";
import { closeFile, openFile, readFile, writeAll } from "./file_stream.ts";

/** Bytes of all files together; the oldest have to make room. */
const LARGEST = 256 * 1024 * 1024;

/** Milliseconds after which the temporary file of another run was left behind. */
const STALE = 60 * 60_000;

const TEMPORARY = ".tmp";

/** Compressed bytes of a line of a long list, some. */
const BYTES_PER_LINE = 40;

/** Options of {@linkcode createFileCache}. */
export interface FileCacheOptions {
  readonly directory: string;
  /**
   * Bytes of all files together.
   *
   * @default {268435456}
   */
  readonly limit?: number | undefined;
}

/**
 * Where the cache lies: what `APPENDLAYER_CACHE` names, else `appendlayer` in the system's directory for such
 * (`XDG_CACHE_HOME`, `~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`); undefined where there is none.
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

/** Where the cache of this process's user lies. */
export function userCacheDirectory(): string | undefined {
  return cacheDirectory(hostProcess?.env ?? {});
}

/**
 * Opens a cache; its directory is made, for the user alone, at the first write. Runs side by side do not disturb each other: files are
 * written beside and renamed, and one that is gone is only learnt anew.
 */
export function createFileCache({ directory, limit = LARGEST }: FileCacheOptions): CacheStore {
  const { join } = builtin("node:path");
  const pathOf = (name: string): string => join(directory, hashText(name));
  let written = 0;
  // What may be written until the files are counted anew: to look at each of a thousand takes 12 ms. They are counted with the first.
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

/** Not by promises: for that Bun starts threads, which takes longer than to read a file of this kind. */
function read(path: string): ByteStream | undefined {
  const { readFileSync, statSync, utimesSync } = builtin("node:fs");
  try {
    const { size } = statSync(path);
    const bytes = size <= SMALL_FILE
      ? oneChunk(new Uint8Array(readFileSync(path)))
      : countBytes(readFile(path), (_, { length }) => spareMemory(length / BYTES_PER_LINE));
    const now = new Date();
    // What is used stays.
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

/** Removes the oldest files above a limit, and what runs left behind; returns the bytes that stay. */
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
