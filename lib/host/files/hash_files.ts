/** Hashes files of this machine, and leaves those unread whose status says that they are as they were. */

import type { PlacedFile } from "../../layer/files/merge_sources.ts";
import type { HashFiles } from "../../layer/sync/sync_options.ts";
import {
  type FileMemory,
  type FileStamp,
  fileStamp,
  isSameStamp,
  type KnownFile,
} from "./file_memory.ts";
import { type Hashable, hashAll } from "./hash_pool.ts";
import { LocalFile } from "./local_file.ts";

/** Options of {@linkcode createHashFiles}. */
export interface HashFilesOptions {
  /** What is remembered of a source. */
  readonly memoryOf: (source: string) => FileMemory;
  /** Whether all files are read, whatever is remembered of them. */
  readonly checksum: boolean;
}

/** A file with what was said of it before it was read. */
interface Stamped extends Hashable {
  readonly placed: PlacedFile;
  readonly stamp: FileStamp;
  readonly known: KnownFile | undefined;
}

/** Makes what hashes files. */
export function createHashFiles({ memoryOf, checksum }: HashFilesOptions): HashFiles {
  return async function* (source, files): ReturnType<HashFiles> {
    const memory = memoryOf(source.name);
    await memory.open(!checksum);
    async function* stamped(): AsyncIterable<Stamped> {
      for (const placed of files) {
        const { name, path } = placed.file;
        const stamp = fileStamp(name, isFollowed(placed));
        const known = await memory.find(path, stamp);
        yield { placed, name, stamp, size: stamp[0], known, hash: known?.line[3] };
      }
    }
    try {
      for await (const { item, hash } of hashAll(stamped())) {
        const { placed, name, stamp, known } = item;
        const time = Date.now();
        if (known === undefined && !isSameStamp(fileStamp(name, isFollowed(placed)), stamp)) {
          throw new Error(`Cannot add "${name}": it changed while it was read`);
        }
        await memory.add(known ?? [placed.file.path, stamp, time, hash]);
        yield { placed, hash };
      }
      await memory.save();
    } finally {
      await memory.close();
    }
  };
}

/** Whether it is what a link leads to that counts. */
export function isFollowed({ file }: PlacedFile): boolean {
  return file instanceof LocalFile && file.follow;
}
