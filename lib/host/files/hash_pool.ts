/** Hashes files in order, in threads once there are many. */

import { expectLater } from "../../base/expect_later.ts";
import { countCores } from "../cores.ts";
import { Thread } from "../compression/thread.ts";
import { type HashAnswer, hashFile } from "./hash_batch.ts";
import { HASH_PROGRAM } from "./hash_program.ts";
import { attempt } from "./local_file.ts";

/** Files, and bytes of files, that are hashed with one message. */
const BATCH_FILES = 200;
const BATCH_BYTES = 8 * 1024 * 1024;

/** Files, and bytes of files, that are hashed on this thread, since starting another one takes longer. */
const FILES_HERE = 400;
const BYTES_HERE = 16 * 1024 * 1024;

/** Batches that are sent ahead for each thread. */
const BATCHES_AHEAD = 3;

const MOST_THREADS = 8;

/** A file that is to be hashed, or whose hash is known. */
export interface Hashable {
  /** Local path. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 in base64, if it is known. */
  readonly hash: string | undefined;
}

/** Some files, with a promise of their hashes. */
interface Batch<Item> {
  readonly items: readonly Item[];
  readonly hashes: Promise<readonly string[]>;
}

/** A file with its hash. */
export interface Hashed<Item> {
  readonly item: Item;
  /** SHA-256 in base64. */
  readonly hash: string;
}

/**
 * Hashes files whose hashes are not known.
 *
 * @param items Given in batches: awaiting each of very many would take longer than everything else.
 */
export async function* hashAll<Item extends Hashable>(
  items: AsyncIterable<readonly Item[]>,
): AsyncIterable<readonly Hashed<Item>[]> {
  const threads: Thread[] = [];
  const count = Math.min(countCores(), MOST_THREADS);
  const batches: Batch<Item>[] = [];
  let isStarted = false;
  let next = 0;
  const start = (batch: readonly Item[], isMany: boolean): void => {
    const unknown = batch.filter(({ hash }) => hash === undefined);
    if (unknown.length > 0 && isMany && count > 1) isStarted = true;
    if (isStarted && threads.length < count) {
      threads.push(new Thread(HASH_PROGRAM, null, "hash files"));
    }
    const thread = threads[next++ % Math.max(1, threads.length)];
    batches.push({ items: batch, hashes: expectLater(hashBatchOf(batch, unknown, thread)) });
  };
  const finish = async (): Promise<readonly Hashed<Item>[]> => {
    const batch = batches.shift();
    const hashes = await batch?.hashes ?? [];
    return batch?.items.map((item, index) => ({ item, hash: hashes[index] ?? "" })) ?? [];
  };
  try {
    let batch: Item[] = [];
    let bytes = 0;
    let files = 0;
    let total = 0;
    for await (const some of items) {
      for (const item of some) {
        batch.push(item);
        if (item.hash === undefined) {
          bytes += item.size;
          files++;
        }
        if (batch.length < BATCH_FILES && bytes < BATCH_BYTES) continue;
        total += bytes;
        start(batch, files > FILES_HERE || total > BYTES_HERE);
        batch = [];
        bytes = 0;
        if (batches.length > BATCHES_AHEAD * count) yield await finish();
      }
    }
    if (batch.length > 0) start(batch, false);
    while (batches.length > 0) yield await finish();
  } finally {
    await Promise.all(threads.map((thread) => thread.close()));
  }
}

async function hashBatchOf(
  batch: readonly Hashable[],
  unknown: readonly Hashable[],
  thread: Thread | undefined,
): Promise<readonly string[]> {
  const text = unknown.map(({ name }) => `${name}\0`).join("");
  const found = thread === undefined || text === ""
    ? []
    : (await thread.ask<HashAnswer>(text, [])).split("\n");
  let next = 0;
  return batch.map(({ name, hash }) =>
    // A file that the thread could not read is read here, for its error.
    hash ?? (found[next++] || attempt(name, () => hashFile(name)))
  );
}
