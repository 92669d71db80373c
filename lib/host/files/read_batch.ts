/** Reads many small files with one call, in a thread for `read_ahead.ts`. */

import { builtin } from "../builtin.ts";
import type { Answerer } from "../compression/thread.ts";

/** Limits of a batch, bytes. */
export interface ReadLimits {
  /** The largest file that is read. */
  readonly largestFile: number;
  /** The most bytes of all files. */
  readonly largestBatch: number;
}

/** Files to read. */
export interface ReadQuestion {
  /** Their paths, each with a NUL at its end: one string is cloned faster than a list. */
  readonly text: string;
  /** Memory for the contents, to be reused; replaced if it is too small. */
  readonly buffer: ArrayBuffer | undefined;
}

/** The result. Files that could not be read are left out: the main thread tries again, for the error. */
export interface ReadReport {
  /** Four numbers for each file: mode with type bits, time in seconds, size in bytes, hard links. The mode is 0 if it could not be read. */
  readonly status: Float64Array<ArrayBuffer>;
  /** Offset of each content in `contents`; -1 if it was not read. */
  readonly starts: Int32Array<ArrayBuffer>;
  readonly contents: Uint8Array<ArrayBuffer>;
}

/** The least bytes of the memory for contents. */
const LEAST_MEMORY = 1_048_576;

/** The fields that are used of Node's status, or of Deno's, which has a `Date`. */
interface RawStatus {
  readonly mode: number;
  readonly size: number;
  readonly nlink: number;
  readonly mtimeMs?: number;
  readonly mtime: Date;
}

/** Returns Deno's own call if there is one, which is faster: see `file_status.ts`. */
function findStatus(): (path: string) => RawStatus {
  const { Deno: deno } = globalThis as {
    readonly Deno?: { lstatSync?(path: string): RawStatus };
  };
  return deno?.lstatSync ?? builtin("node:fs").lstatSync;
}

/** Makes the function that reads files. */
export function createReader(limits: ReadLimits): Answerer<ReadQuestion, ReadReport> {
  const { openSync, closeSync, fstatSync, constants } = builtin("node:fs");
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const lstat = findStatus();
  return ({ text, buffer }) => {
    const paths = text.split("\0").slice(0, -1);
    const status = new Float64Array(4 * paths.length);
    const starts = new Int32Array(paths.length).fill(-1);
    let contents = new Uint8Array(buffer ?? new ArrayBuffer(LEAST_MEMORY));
    let start = 0;
    const tell = (index: number, { mode, size, nlink, mtimeMs, mtime }: RawStatus): void =>
      status.set([mode, Math.floor((mtimeMs ?? mtime.getTime()) / 1000), size, nlink], 4 * index);
    for (const [index, path] of paths.entries()) {
      // Opened first, so that status and content are of one file, with one call less. Non-blocking, in case a pipe has replaced the file.
      const descriptor = orUndefined(() => openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
      if (descriptor === undefined) {
        // A link, or a file that may not be read.
        const found = orUndefined(() => lstat(path));
        if (found !== undefined) tell(index, found);
        continue;
      }
      try {
        const found = fstatSync(descriptor);
        tell(index, found);
        const { mode, size, nlink } = found;
        const isFile = (mode & 0o170000) === 0o100000;
        if (!isFile || nlink !== 1 || size === 0) continue;
        if (size > limits.largestFile || start + size > limits.largestBatch) continue;
        contents = withRoom(contents, start, size + 1);
        if (!isRead(descriptor, size, contents, start)) continue;
        starts[index] = start;
        start += size;
      } catch {
        // The main thread reports the error.
      } finally {
        closeSync(descriptor);
      }
    }
    return [{ status, starts, contents }, [status.buffer, starts.buffer, contents.buffer]];
  };
}

/** The result of a call; undefined if it fails, so that the main thread tries again and reports the error. */
function orUndefined<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}

/** Memory with the first bytes of the given one, and room for as many bytes after them. */
function withRoom(
  contents: Uint8Array<ArrayBuffer>,
  start: number,
  size: number,
): Uint8Array<ArrayBuffer> {
  if (start + size <= contents.length) return contents;
  const larger = new Uint8Array(Math.max(start + size, 2 * contents.length));
  larger.set(contents.subarray(0, start));
  return larger;
}

/** Whether a file could be read with exactly the bytes of its status. One byte more is read to check, and overwritten by the next file. */
function isRead(descriptor: number, size: number, bytes: Uint8Array, start: number): boolean {
  const { readSync } = builtin("node:fs");
  let filled = 0;
  for (let count = -1; count !== 0 && filled < size; filled += count) {
    count = readSync(descriptor, bytes, start + filled, size + 1 - filled, null);
  }
  return filled === size;
}
