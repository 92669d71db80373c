/** Hashes local files, except those whose hashes are cached and whose stamps are the same. */

import type { PlacedFile } from "../../layer/files/merge_sources.ts";
import type { ComparedFile, HashFiles } from "../../layer/sync/sync_options.ts";
import type { FileMemory, KnownFile } from "./file_memory.ts";
import { type FileStamp, isSameStamp } from "./file_status.ts";
import { type Hashable, hashAll } from "./hash_pool.ts";
import { LocalFile, readStamp } from "./local_file.ts";

/** Options of {@linkcode createHashFiles}. */
export interface HashFilesOptions {
  /** The cached hashes of a source. */
  readonly memoryOf: (source: string) => FileMemory;
  /** Whether all files are read, even if their hashes are cached. */
  readonly checksum: boolean;
}

/** Files that are looked up and passed on at a time. */
const BATCH = 200;

/** A file with its stamp from before it was read. */
interface Stamped extends Hashable {
  readonly placed: ComparedFile;
  readonly stamp: FileStamp;
  /** Time before it is read, milliseconds since 1970: a later change is noticed. */
  readonly time: number;
  readonly known: KnownFile | undefined;
}

/** Makes the function that hashes files. */
export function createHashFiles({ memoryOf, checksum }: HashFilesOptions): HashFiles {
  return async function* (source, files): ReturnType<HashFiles> {
    const memory = memoryOf(source.name);
    await memory.open(!checksum);
    async function* stamped(): AsyncIterable<readonly Stamped[]> {
      let batch: Stamped[] = [];
      for (const placed of files) {
        const { name, path } = placed.file;
        const stamp = stampFrom(placed);
        const found = memory.find(path, stamp);
        // Awaited only if it is a promise: most are not, and awaiting each of very many takes longer than everything else.
        const known = found instanceof Promise ? await found : found;
        const time = Date.now();
        batch.push({ placed, name, stamp, time, size: stamp[0], known, hash: known?.line[3] });
        if (batch.length < BATCH) continue;
        yield batch;
        batch = [];
      }
      yield batch;
    }
    try {
      for await (const some of hashAll(stamped())) {
        for (const { item: { placed, name, stamp, time, known }, hash } of some) {
          if (known === undefined && !isSameStamp(readStamp(name, isFollowed(placed)), stamp)) {
            throw new Error(`Cannot add "${name}": it changed while it was read`);
          }
          const writing = memory.add(known ?? [placed.file.path, stamp, time, hash]);
          if (writing !== undefined) await writing;
        }
        yield some.map(({ item: { placed }, hash }) => ({ placed, hash }));
      }
      await memory.save();
    } finally {
      await memory.close();
    }
  };
}

/** The stamp of a file when it was compared. */
function stampFrom(placed: PlacedFile): FileStamp {
  const { file } = placed;
  const stamp = file instanceof LocalFile ? file.stamp : undefined;
  return stamp ?? readStamp(file.name, isFollowed(placed));
}

/** Whether a symlink is followed. */
function isFollowed({ file }: PlacedFile): boolean {
  return file instanceof LocalFile && file.follow;
}
