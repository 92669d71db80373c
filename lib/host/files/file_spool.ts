/** A temporary file from which an upload can be sent again. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import type { Spool } from "../../storage/spool.ts";
import { builtin, hostProcess } from "../builtin.ts";
import { closeFile, openFile, readFrom, writeAll } from "./file_stream.ts";
import { errorCode, errorReason } from "../system_error.ts";

/** Thrown if the temporary file cannot be made or written. `code` is the system's: `ENOSPC` on a full disk. */
export class SpoolError extends Error {
  override readonly name = "SpoolError";
  /** The system's code. */
  readonly code: string | undefined;

  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.code = errorCode(cause);
  }
}

/** Options of {@linkcode createFileSpool}. */
export interface FileSpoolOptions {
  /**
   * The directory of the file.
   *
   * @default the system's directory for large temporary files, or the value of `TMPDIR`
   */
  readonly directory?: string | undefined;
}

/**
 * Makes a spool in a file that only this user can read. If the system allows it, the file's name is removed at once, so that nothing is left
 * behind even if the process is killed.
 *
 * @throws {SpoolError} here or while writing, if there is no space.
 */
export async function createFileSpool(options: FileSpoolOptions = {}): Promise<Spool> {
  const directories = options.directory === undefined ? usualDirectories() : [options.directory];
  let failure: SpoolError | undefined;
  for (const directory of directories) {
    const path = builtin("node:path").join(
      directory,
      `appendlayer-${crypto.randomUUID()}`,
    );
    try {
      return new FileSpool(path, directory, await openFile(path, "wx+", 0o600));
    } catch (error) {
      failure ??= new SpoolError(
        `Cannot create a temporary file in "${directory}": ${errorReason(error)}`,
        error,
      );
    }
  }
  throw failure;
}

/** The usual directories: `/tmp` is in memory on many systems, where large files belong into `/var/tmp` (file-hierarchy(7)). */
function usualDirectories(): string[] {
  const usual = builtin("node:os").tmpdir();
  return hostProcess?.platform === "linux" && usual === "/tmp" ? ["/var/tmp", usual] : [usual];
}

class FileSpool implements Spool {
  readonly #path: string;
  readonly #directory: string;
  readonly #descriptor: number;
  #size = 0;
  #readers = 0;
  #disposed = false;
  #closed = false;
  /** Removes the file at exit, on systems on which it has a name until it is closed. */
  #removeAtExit: (() => void) | undefined;

  constructor(path: string, directory: string, descriptor: number) {
    this.#path = path;
    this.#directory = directory;
    this.#descriptor = descriptor;
    try {
      builtin("node:fs").unlinkSync(path);
    } catch {
      this.#removeAtExit = () => builtin("node:fs").rmSync(path, { force: true });
      hostProcess?.once("exit", this.#removeAtExit);
    }
  }

  async write(chunk: Bytes): Promise<void> {
    this.#check();
    try {
      await writeAll(this.#descriptor, chunk, this.#size);
    } catch (error) {
      throw new SpoolError(
        `Cannot write to the temporary file "${this.#path}" after ${this.#size} bytes: ${
          errorReason(error)
        }`,
        error,
      );
    }
    this.#size += chunk.length;
  }

  async *read(start: number): ByteStream {
    this.#check();
    this.#readers++;
    try {
      yield* readFrom(this.#descriptor, start, this.#size);
    } finally {
      this.#readers--;
      if (this.#disposed) await this.#close();
    }
  }

  /** Free bytes of the disk, less an eighth. */
  async room(): Promise<number> {
    const { blocks, bavail, bsize } = await builtin("node:fs").promises.statfs(this.#directory);
    // Some network file systems do not tell.
    return blocks === 0 ? Infinity : Math.floor(bavail * bsize * 7 / 8);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#close();
  }

  #check(): void {
    if (this.#disposed) throw new Error("Cannot use a temporary file: it is disposed of");
  }

  /** Waits for pending reads: the number of a closed descriptor may be reused by another file. */
  async #close(): Promise<void> {
    if (this.#closed || this.#readers > 0) return;
    this.#closed = true;
    await closeFile(this.#descriptor);
    if (this.#removeAtExit === undefined) return;
    hostProcess?.off("exit", this.#removeAtExit);
    this.#removeAtExit();
  }
}
