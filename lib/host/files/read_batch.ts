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
  readonly dev: number;
  readonly ino: number;
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
  const lstat = findStatus();
  return ({ text, buffer }) => {
    const paths = text.split("\0").slice(0, -1);
    const status = new Float64Array(4 * paths.length);
    const starts = new Int32Array(paths.length).fill(-1);
    const found: Found[] = [];
    let total = 0;
    for (const [index, path] of paths.entries()) {
      try {
        const { mode, size, nlink, mtimeMs, mtime, dev, ino } = lstat(path);
        status.set([mode, Math.floor((mtimeMs ?? mtime.getTime()) / 1000), size, nlink], 4 * index);
        const isFile = (mode & 0o170000) === 0o100000;
        if (!isFile || nlink !== 1 || size === 0) continue;
        if (size > limits.largestFile || total + size > limits.largestBatch) continue;
        starts[index] = total;
        total += size;
        found.push({ path, index, size, dev, ino });
      } catch {
        // The main thread says why.
      }
    }
    // The byte more that a file may have is overwritten by the next one.
    const contents = buffer !== undefined && buffer.byteLength > total
      ? new Uint8Array(buffer)
      : new Uint8Array(Math.max(total + 1, LEAST_MEMORY));
    let start = 0;
    for (const file of found) {
      if (!isRead(file, contents, start)) starts[file.index] = -1;
      start += file.size;
    }
    return [{ status, starts, contents }, [status.buffer, starts.buffer, contents.buffer]];
  };
}

/** A file that is to be read, as it was when its status was asked. */
interface Found {
  readonly path: string;
  readonly index: number;
  readonly size: number;
  readonly dev: number;
  readonly ino: number;
}

/** Reads a file that must be the one of which the status was, and have as many bytes as that says. */
function isRead({ path, size, dev, ino }: Found, bytes: Uint8Array, start: number): boolean {
  const { openSync, readSync, closeSync, fstatSync, constants } = builtin("node:fs");
  try {
    const { O_RDONLY, O_NOFOLLOW = 0 } = constants;
    const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW);
    try {
      const opened = fstatSync(descriptor);
      if (opened.dev !== dev || opened.ino !== ino) return false;
      let filled = 0;
      for (let count = -1; count !== 0 && filled < size; filled += count) {
        count = readSync(descriptor, bytes, start + filled, size + 1 - filled, null);
      }
      return filled === size;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return false;
  }
}
