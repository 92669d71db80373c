/** Reads files ahead in a thread, while the main one writes headers, hashes and sends. */

import { expectLater } from "../../base/expect_later.ts";
import type { ReadAhead } from "../../layer/files/files_layer.ts";
import type { PlacedFile } from "../../layer/files/merge_sources.ts";
import { hostProcess } from "../builtin.ts";
import { countCores } from "../cores.ts";
import type { FileKind } from "./file_status.ts";
import { isListed, LocalFile } from "./local_file.ts";
import { Thread } from "../compression/thread.ts";
import type { ReadLimits, ReadQuestion, ReadReport } from "./read_batch.ts";
import { READ_PROGRAM } from "./read_program.ts";

/** Files that are read without a thread, since starting one takes longer. */
const FILES_BEFORE_THREAD = 1_000;

/** Files that are read with one message, which costs as much as some of them. */
const BATCH_FILES = 500;

/** Batches that are read ahead. */
const BATCHES_AHEAD = 3;

/**
 * The most bytes of a file that is read ahead, and of all files in a batch; others are read when they are added. Contents of this size are
 * copied into the archive by `Gatherer`, so that their memory can be reused.
 */
const LIMITS: ReadLimits = { largestFile: 65_535, largestBatch: 4_194_303 };

/** Files, with the memory of their contents, which is reused when the next batch is asked for. */
interface Batch {
  readonly files: readonly PlacedFile[];
  readonly buffer: ArrayBuffer | undefined;
}

/** Reads small files ahead, once there are many. Memory does not grow with their number. */
export const readAhead: ReadAhead = async function* (
  files: Iterable<PlacedFile>,
): AsyncIterable<readonly PlacedFile[]> {
  // Not on Windows, where a status has no modes.
  const useful = hostProcess?.platform !== "win32" && countCores() > 1;
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
      thread ??= new Thread(READ_PROGRAM, LIMITS, "read files");
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
  let text = "";
  for (const { file } of batch) {
    if (!(file instanceof LocalFile) || file.follow) continue;
    files.push(file);
    text += `${file.name}\0`;
  }
  if (files.length === 0) return { files: batch, buffer: spare };
  const question: ReadQuestion = { text, buffer: spare };
  const transfer = spare === undefined ? [] : [spare];
  const { status, starts, contents } = await thread.ask<ReadReport>(question, transfer);
  // If a directory was replaced by a link, its files are left to the main thread, for the error.
  const parents = new Set(files.map(({ parent }) => parent).filter((one) => one !== undefined));
  const replaced = new Set([...parents].filter((one) => !isListed(one)));
  for (let index = 0; index < files.length; index++) {
    const mode = status[4 * index] ?? 0;
    const mtime = status[4 * index + 1] ?? 0;
    const size = status[4 * index + 2] ?? 0;
    const links = status[4 * index + 3] ?? 0;
    const { parent } = files[index] ?? {};
    if (mode === 0 || parent !== undefined && replaced.has(parent)) continue;
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
