/** The directory of an OCI layout on a real file system. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import type { Directory, PendingFile } from "../../layout/directory.ts";
import { builtin, hostProcess } from "../builtin.ts";
import { isRunning, machineName, withLock } from "./file_lock.ts";
import { closeFile, openFile, readFile, syncFile, writeAll } from "./file_stream.ts";
import { errorCode, errorReason, isSystemError } from "../system_error.ts";

/** Opens a directory; nothing is created before the first write. */
export function openDirectory(path: string): Directory {
  return new FileDirectory(path);
}

class FileDirectory implements Directory {
  readonly name: string;
  #cleaned: Promise<void> | undefined;

  constructor(path: string) {
    this.name = path;
  }

  async read(path: string, start = 0): Promise<ByteStream | undefined> {
    const file = this.#resolve(path);
    return await this.size(path) === undefined ? undefined : readFile(file, start);
  }

  async size(path: string): Promise<number | undefined> {
    try {
      const found = await builtin("node:fs").promises.stat(this.#resolve(path));
      return found.isFile() ? found.size : undefined;
    } catch (error) {
      const code = errorCode(error);
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      throw new Error(`Cannot read the directory "${this.name}": ${errorReason(error)}`, {
        cause: error,
      });
    }
  }

  async create(): Promise<PendingFile> {
    await this.#make();
    // In the directory itself: a rename is atomic only within a file system.
    const path = this.#resolve(temporaryName());
    this.#cleaned ??= removeLeftBehind(this.name);
    await this.#cleaned;
    const descriptor = await inDirectory(this.name, () => openFile(path, "wx"));
    return new PendingDiskFile(this.name, path, descriptor, (name) => this.#resolve(name));
  }

  async exclusive<T>(action: () => Promise<T>): Promise<T> {
    await this.#make();
    return await withLock(this.#resolve(".appendlayer.lock"), action);
  }

  async #make(): Promise<void> {
    const { mkdir } = builtin("node:fs").promises;
    await inDirectory(this.name, () => mkdir(this.name, { recursive: true }));
  }

  #resolve(path: string): string {
    // Digests are validated before they become paths; this is a second check (CVE-2024-3727).
    if (path.split("/").some((part) => part === "" || part === "." || part === "..")) {
      throw new RangeError(
        `Cannot use ${JSON.stringify(path)} in "${this.name}": it leads elsewhere`,
      );
    }
    return builtin("node:path").join(this.name, path);
  }
}

/** Runs a step of writing, and adds the directory's name to its error. */
async function inDirectory<T>(name: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new Error(`Cannot write to the directory "${name}": ${errorReason(error)}`, {
      cause: error,
    });
  }
}

class PendingDiskFile implements PendingFile {
  readonly #name: string;
  readonly #path: string;
  readonly #descriptor: number;
  readonly #resolve: (path: string) => string;
  #size = 0;
  #open = true;
  #there = true;

  constructor(
    name: string,
    path: string,
    descriptor: number,
    resolve: (path: string) => string,
  ) {
    this.#name = name;
    this.#path = path;
    this.#descriptor = descriptor;
    this.#resolve = resolve;
  }

  async write(chunk: Bytes): Promise<void> {
    await inDirectory(this.#name, () => writeAll(this.#descriptor, chunk, this.#size));
    this.#size += chunk.length;
  }

  async commit(path: string): Promise<void> {
    const target = this.#resolve(path);
    const { mkdir, rename } = builtin("node:fs").promises;
    await inDirectory(this.#name, async () => {
      await mkdir(builtin("node:path").dirname(target), { recursive: true });
      // Before the rename, so that after a power failure a file is complete or missing.
      await syncFile(this.#descriptor);
      await this.#close();
      await rename(this.#path, target);
    });
    this.#there = false;
  }

  async discard(): Promise<void> {
    await this.#close();
    if (!this.#there) return;
    this.#there = false;
    await builtin("node:fs").promises.rm(this.#path, { force: true });
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await closeFile(this.#descriptor);
  }
}

/** Milliseconds after which a temporary file of another machine, or of a process that cannot be seen, counts as left behind. */
const LEFT_BEHIND = 24 * 3_600_000;

const TEMPORARY = /^\.appendlayer-(?:([0-9a-f]{16})-(\d+)-)?[0-9a-f-]{36}\.tmp$/;

/** A name with the machine and the process that uses it. */
function temporaryName(): string {
  const id = crypto.randomUUID();
  return `.appendlayer-${machineName()}-${hostProcess?.pid ?? 0}-${id}.tmp`;
}

/** Removes the temporary files of killed processes, if they can be removed. */
async function removeLeftBehind(directory: string): Promise<void> {
  const { readdir, rm, stat } = builtin("node:fs").promises;
  const names = await readdir(directory).catch(() => []);
  await Promise.all(names.map(async (name) => {
    const [found, machine, pid] = TEMPORARY.exec(name) ?? [];
    if (found === undefined) return;
    const path = builtin("node:path").join(directory, name);
    const isGone = machine === machineName()
      ? !isRunning(Number(pid))
      : await stat(path).then(({ mtimeMs }) => Date.now() - mtimeMs > LEFT_BEHIND, () => false);
    if (isGone) await rm(path, { force: true }).catch(() => {});
  }));
}
