/** Reads files in a thread of its own, while the main one writes headers, hashes and sends. */

import { expectLater } from "../../base/expect_later.ts";
import type { ReadAhead } from "../../layer/files/files.ts";
import type { PlacedFile } from "../../layer/files/merge_sources.ts";
import { builtin, hostProcess } from "../builtin.ts";
import type { FileKind } from "./file_status.ts";
import { LocalFile } from "./local_file.ts";
import { Thread } from "../compression/thread.ts";

/** Files that are read without a thread: those take less time than its start. */
const FILES_BEFORE_THREAD = 1_000;

/** Files that are read with one message; a message costs as much as some of them. */
const BATCH_FILES = 500;

/** Batches that are read ahead. */
const BATCHES_AHEAD = 3;

/**
 * Bytes up to which a file is read ahead, and bytes that all of a batch may have; the others are read when it is their turn. Contents
 * of this size are copied into the archive, see `Gatherer`, so that the array that they came in can be used again.
 */
const LIMITS = { largestFile: 65_535, largestBatch: 4_194_303 } as const;

/** What comes back. Files that could not be read are left out: the main thread tries again, and then knows what to say. */
interface Report {
  /** Four numbers a file: mode with type bits, time in seconds, size in bytes, names; no mode where it could not be read. */
  readonly status: Float64Array;
  /** Where the content starts in `contents`, in bytes; -1 where it was not read. */
  readonly starts: Int32Array;
  readonly contents: Uint8Array<ArrayBuffer>;
}

/** `fileStatus` and `readSmall` for many files, for `Thread`; with Deno's own call for the reason that `file_status.ts` has. */
const SCRIPT = `
const { lstatSync, openSync, readSync, closeSync } = process.getBuiltinModule("node:fs");
const deno = globalThis.Deno?.lstatSync;
const milliseconds = (stat) => deno === undefined ? stat.mtimeMs : stat.mtime.getTime();

function read(path, bytes, start, size) {
  const descriptor = openSync(path, "r");
  try {
    let filled = 0;
    for (let count = -1; count !== 0 && filled < size; filled += count) {
      count = readSync(descriptor, bytes, start + filled, size + 1 - filled, null);
    }
    return filled;
  } finally {
    closeSync(descriptor);
  }
}

const prepare = ({ largestFile, largestBatch }) => ({ text, buffer }) => {
  const paths = text.split("\\0").slice(0, -1);
  const status = new Float64Array(4 * paths.length);
  const starts = new Int32Array(paths.length).fill(-1);
  let total = 0;
  paths.forEach((path, index) => {
    try {
      const stat = (deno ?? lstatSync)(path);
      const { mode, size, nlink } = stat;
      status[4 * index] = mode;
      status[4 * index + 1] = Math.floor(milliseconds(stat) / 1000);
      status[4 * index + 2] = size;
      status[4 * index + 3] = nlink;
      const isFile = (mode & 0o170000) === 0o100000;
      if (!isFile || nlink !== 1 || size === 0) return;
      if (size > largestFile || total + size > largestBatch) return;
      starts[index] = total;
      total += size;
    } catch {}
  });
  // The byte more that a file may have is overwritten by the next one.
  const contents = buffer?.byteLength > total
    ? new Uint8Array(buffer)
    : new Uint8Array(Math.max(total + 1, 1_048_576));
  paths.forEach((path, index) => {
    const size = status[4 * index + 2];
    if (starts[index] < 0) return;
    try {
      if (read(path, contents, starts[index], size) !== size) starts[index] = -1;
    } catch {
      starts[index] = -1;
    }
  });
  return [{ status, starts, contents }, [status.buffer, starts.buffer, contents.buffer]];
};
`;

/** Files, and the memory that their contents are in: free when the next batch is asked for. */
interface Batch {
  readonly files: readonly PlacedFile[];
  readonly buffer: ArrayBuffer | undefined;
}

/** Reads small files ahead, once there are many. Memory does not grow with their number. */
export const readAhead: ReadAhead = async function* (
  files: Iterable<PlacedFile>,
): AsyncIterable<readonly PlacedFile[]> {
  // Windows has no modes that a thread could tell.
  const useful = hostProcess?.platform !== "win32" && builtin("node:os").availableParallelism() > 1;
  const ahead: Promise<Batch>[] = [];
  const spare: ArrayBuffer[] = [];
  let thread: Thread | undefined;
  let count = 0;
  async function* next(): AsyncIterable<readonly PlacedFile[]> {
    const { files, buffer } = await (ahead.shift() as Promise<Batch>);
    yield files;
    if (buffer !== undefined) spare.push(buffer);
  }
  try {
    for (const batch of cutBatches(files)) {
      count += batch.length;
      if (!useful || count <= FILES_BEFORE_THREAD) {
        yield batch;
        continue;
      }
      thread ??= new Thread(SCRIPT, LIMITS, "read files");
      ahead.push(expectLater(readBatch(thread, batch, spare.pop())));
      if (ahead.length > BATCHES_AHEAD) yield* next();
    }
    while (ahead.length > 0) yield* next();
  } finally {
    await thread?.close();
  }
};

function* cutBatches(files: Iterable<PlacedFile>): Iterable<readonly PlacedFile[]> {
  let batch: PlacedFile[] = [];
  for (const placed of files) {
    batch.push(placed);
    if (batch.length < BATCH_FILES) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function readBatch(
  thread: Thread,
  batch: readonly PlacedFile[],
  spare: ArrayBuffer | undefined,
): Promise<Batch> {
  const files: LocalFile[] = [];
  // One text: a list would be cloned string by string.
  let paths = "";
  for (const { file } of batch) {
    if (!(file instanceof LocalFile) || file.follow) continue;
    files.push(file);
    paths += `${file.name}\0`;
  }
  if (files.length === 0) return { files: batch, buffer: spare };
  const { status, starts, contents } = await thread.ask<Report>(
    { text: paths, buffer: spare },
    spare === undefined ? [] : [spare],
  );
  for (let index = 0; index < files.length; index++) {
    const mode = status[4 * index] ?? 0;
    const mtime = status[4 * index + 1] ?? 0;
    const size = status[4 * index + 2] ?? 0;
    const links = status[4 * index + 3] ?? 0;
    if (mode === 0) continue;
    const start = starts[index] ?? -1;
    files[index]?.preload(
      { kind: kindOfMode(mode), mode: mode & 0o7777, mtime, size, links },
      start < 0 ? undefined : contents.subarray(start, start + size),
    );
  }
  return { files: batch, buffer: contents.buffer };
}

/** `stat.h`. */
function kindOfMode(mode: number): FileKind {
  switch (mode & 0o170000) {
    case 0o100000:
      return "file";
    case 0o040000:
      return "directory";
    case 0o120000:
      return "symlink";
    default:
      return "something special";
  }
}
