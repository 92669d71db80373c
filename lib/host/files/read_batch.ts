/** Reads many small files with one call: what a thread does for `read_ahead.ts`. */

import { builtin } from "../builtin.ts";
import type { Answerer } from "../compression/thread.ts";

/** How much is read, in bytes. */
export interface ReadLimits {
  /** Up to which a file is read. */
  readonly largestFile: number;
  /** That all files of a batch may have. */
  readonly largestBatch: number;
}

/** Files to read. */
export interface ReadQuestion {
  /** Their paths, each ended by a NUL: a list would be cloned string by string. */
  readonly text: string;
  /** Memory for the contents, to be used again; made anew where it is too small. */
  readonly buffer: ArrayBuffer | undefined;
}

/** What comes back. Files that could not be read are left out: the main thread tries again, and then knows what to say. */
export interface ReadReport {
  /** Four numbers a file: mode with type bits, time in seconds, size in bytes, names; no mode where it could not be read. */
  readonly status: Float64Array<ArrayBuffer>;
  /** Where the content starts in `contents`, in bytes; -1 where it was not read. */
  readonly starts: Int32Array<ArrayBuffer>;
  readonly contents: Uint8Array<ArrayBuffer>;
}

/** Bytes of the memory for contents, at least. */
const LEAST_MEMORY = 1_048_576;

/** The fields of a status that are used: of Node's, and of Deno's own, which has a `Date`. */
interface RawStatus {
  readonly mode: number;
  readonly size: number;
  readonly nlink: number;
  readonly mtimeMs?: number;
  readonly mtime: Date;
}

/** Deno's own call where there is one, for the reason that `file_status.ts` has. */
function findStatus(): (path: string) => RawStatus {
  const { Deno: deno } = globalThis as {
    readonly Deno?: { lstatSync?(path: string): RawStatus };
  };
  return deno?.lstatSync ?? builtin("node:fs").lstatSync;
}

/** Makes what reads files. */
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
      // Opened first, so that status and content are of one file, and with a call less. A pipe that has come in the place of a file must
      // not be waited for.
      const descriptor = orUndefined(() => openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
      if (descriptor === undefined) {
        // A link, or what may not be read.
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
        // The main thread says why.
      } finally {
        closeSync(descriptor);
      }
    }
    return [{ status, starts, contents }, [status.buffer, starts.buffer, contents.buffer]];
  };
}

/** What a call returns; undefined where it fails: the main thread tries again, and says why. */
function orUndefined<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}

/** The same memory, or larger one with the same front, where there is none for as many bytes behind that. */
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

/** Reads a file that must have as many bytes as its status says; the one more that it may have is overwritten by the next one. */
function isRead(descriptor: number, size: number, bytes: Uint8Array, start: number): boolean {
  const { readSync } = builtin("node:fs");
  let filled = 0;
  for (let count = -1; count !== 0 && filled < size; filled += count) {
    count = readSync(descriptor, bytes, start + filled, size + 1 - filled, null);
  }
  return filled === size;
}
