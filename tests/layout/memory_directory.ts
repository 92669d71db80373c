/** A directory in memory, for tests of layouts. */

import { type Bytes, type ByteStream, concatBytes } from "../../lib/base/bytes.ts";
import type { Directory, PendingFile } from "../../lib/layout/directory.ts";

/** A directory whose files can be looked at and changed. */
export interface MemoryDirectory extends Directory {
  /** Contents by path. */
  readonly files: Map<string, Bytes>;
  /** Files that were begun and neither committed nor discarded. */
  readonly pending: number;
}

/** Makes an empty directory. Chunks come out at `chunkSize` bytes. */
export function createMemoryDirectory(name = "memory", chunkSize = 1000): MemoryDirectory {
  const files = new Map<string, Bytes>();
  const open = new Set<PendingFile>();
  let last: Promise<unknown> = Promise.resolve();

  async function* stream(content: Bytes, start: number): ByteStream {
    for (let offset = start; offset < content.length; offset += chunkSize) {
      yield await Promise.resolve(content.slice(offset, offset + chunkSize));
    }
  }

  return {
    name,
    files,
    get pending(): number {
      return open.size;
    },
    read(path, start = 0): Promise<ByteStream | undefined> {
      const content = files.get(path);
      return Promise.resolve(content && stream(content, start));
    },
    size: (path) => Promise.resolve(files.get(path)?.length),
    create(): Promise<PendingFile> {
      const chunks: Bytes[] = [];
      const file: PendingFile = {
        write(chunk): Promise<void> {
          if (!open.has(file)) return Promise.reject(new Error("The file is closed"));
          chunks.push(chunk.slice());
          return Promise.resolve();
        },
        commit(path): Promise<void> {
          if (!open.delete(file)) return Promise.reject(new Error("The file is closed"));
          files.set(path, concatBytes(chunks));
          return Promise.resolve();
        },
        discard(): Promise<void> {
          open.delete(file);
          return Promise.resolve();
        },
      };
      open.add(file);
      return Promise.resolve(file);
    },
    exclusive<T>(action: () => Promise<T>): Promise<T> {
      const result = last.then(action);
      last = result.catch(() => {});
      return result;
    },
  };
}
