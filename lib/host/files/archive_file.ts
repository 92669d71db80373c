/** Opens archives of images on disk, and on standard input and output. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import type { ArchiveFiles, PendingArchive, SeekableFile } from "../../archive/archive_files.ts";
import { builtin } from "../builtin.ts";
import { errorCode, errorReason } from "../system_error.ts";
import { closeFile, openFile, readFile, readFrom, writeAll, writeOn } from "./file_stream.ts";
import { readStandardInput } from "./standard_input.ts";

/** The path of standard input and output. */
const STANDARD = "-";

/** The archives of this machine. */
export const archiveFiles: ArchiveFiles = { open, create };

async function open(
  path: string,
  signal?: AbortSignal,
): Promise<SeekableFile | ByteStream | undefined> {
  if (path === STANDARD) return readStandardInput({ signal });
  try {
    const status = await builtin("node:fs").promises.stat(path);
    if (!status.isFile()) return readFile(path);
    return new DiskFile(await openFile(path, "r"), status.size);
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new Error(`Cannot read "${path}": ${errorReason(error)}`, { cause: error });
  }
}

class DiskFile implements SeekableFile {
  readonly size: number;
  readonly #descriptor: number;
  #readers = 0;
  #isDone = false;
  #isClosed = false;

  constructor(descriptor: number, size: number) {
    this.#descriptor = descriptor;
    this.size = size;
  }

  async *read(start: number, end: number): ByteStream {
    if (this.#isDone) throw new Error("Cannot read an archive: it is closed");
    this.#readers++;
    try {
      yield* readFrom(this.#descriptor, start, end);
    } finally {
      this.#readers--;
      if (this.#isDone) await this.#close();
    }
  }

  async close(): Promise<void> {
    this.#isDone = true;
    await this.#close();
  }

  /** Waits for pending reads: the number of a closed descriptor may be reused by another file. */
  async #close(): Promise<void> {
    if (this.#isClosed || this.#readers > 0) return;
    this.#isClosed = true;
    await closeFile(this.#descriptor);
  }
}

async function create(path: string): Promise<PendingArchive> {
  if (path === STANDARD) return streamTo(1, "standard output");
  const { realpath, stat } = builtin("node:fs").promises;
  return await writing(path, async () => {
    const status = await stat(path).catch(() => undefined);
    // A pipe or a device is not replaced, and a link stays a link.
    if (status !== undefined && !status.isFile()) {
      const descriptor = await openFile(path, "w");
      return streamTo(descriptor, path, () => closeFile(descriptor));
    }
    const target = status === undefined ? path : await realpath(path);
    const pending = `${target}.${crypto.randomUUID()}.tmp`;
    return new PendingFileArchive(path, target, pending, await openFile(pending, "wx"));
  });
}

function streamTo(
  descriptor: number,
  name: string,
  close: () => Promise<void> = () => Promise.resolve(),
): PendingArchive {
  let closed: Promise<void> | undefined;
  return {
    write: (chunk) => writing(name, () => writeOn(descriptor, chunk)),
    commit: () => closed ??= close(),
    discard: () => closed ??= close(),
  };
}

/** Runs a step of writing, and adds the file's name to its error. */
async function writing<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw new Error(`Cannot write "${path}": ${errorReason(error)}`, { cause: error });
  }
}

/** An archive that is written beside the file that it will replace. */
class PendingFileArchive implements PendingArchive {
  readonly #path: string;
  readonly #target: string;
  readonly #pending: string;
  readonly #descriptor: number;
  #size = 0;
  #isOpen = true;
  #isThere = true;

  constructor(path: string, target: string, pending: string, descriptor: number) {
    this.#path = path;
    this.#target = target;
    this.#pending = pending;
    this.#descriptor = descriptor;
  }

  async write(chunk: Bytes): Promise<void> {
    await writing(this.#path, () => writeAll(this.#descriptor, chunk, this.#size));
    this.#size += chunk.length;
  }

  async commit(): Promise<void> {
    await writing(this.#path, async () => {
      await this.#close();
      await builtin("node:fs").promises.rename(this.#pending, this.#target);
    });
    this.#isThere = false;
  }

  async discard(): Promise<void> {
    await this.#close();
    if (!this.#isThere) return;
    this.#isThere = false;
    await builtin("node:fs").promises.rm(this.#pending, { force: true });
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await closeFile(this.#descriptor);
  }
}
