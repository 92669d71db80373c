/** Archives in memory, for tests. */

import type { ArchiveFiles } from "../../lib/archive/archive_files.ts";
import { type Bytes, type ByteStream, concatBytes } from "../../lib/base/bytes.ts";

/** Archives that can be looked at and changed. */
export interface MemoryArchives extends ArchiveFiles {
  /** Contents by path. */
  readonly files: Map<string, Bytes>;
  /** Archives that are open, or begun and neither committed nor discarded. */
  readonly open_: () => number;
  /** The most bytes that were read of any file. */
  readonly read: () => number;
}

/** Makes a place without archives. What is read from `-` can only be read from its start. */
export function createMemoryArchives(files: Map<string, Bytes> = new Map()): MemoryArchives {
  const held = new Set<object>();
  let read = 0;
  async function* stream(content: Bytes, start: number, end: number): ByteStream {
    for (let offset = start; offset < end; offset += 1000) {
      const chunk = content.slice(offset, Math.min(offset + 1000, end));
      read += chunk.length;
      yield await Promise.resolve(chunk);
    }
  }
  return {
    files,
    open_: () => held.size,
    read: () => read,
    open(path): ReturnType<ArchiveFiles["open"]> {
      const content = files.get(path);
      if (content === undefined) return Promise.resolve(undefined);
      if (path === "-") return Promise.resolve(stream(content, 0, content.length));
      const file = {
        size: content.length,
        read: (start: number, end: number) => stream(content, start, end),
        close(): Promise<void> {
          held.delete(file);
          return Promise.resolve();
        },
      };
      held.add(file);
      return Promise.resolve(file);
    },
    create(path): ReturnType<ArchiveFiles["create"]> {
      const chunks: Bytes[] = [];
      const pending = {
        write(chunk: Bytes): Promise<void> {
          chunks.push(chunk.slice());
          return Promise.resolve();
        },
        commit(): Promise<void> {
          held.delete(pending);
          files.set(path, concatBytes(chunks));
          return Promise.resolve();
        },
        discard(): Promise<void> {
          held.delete(pending);
          return Promise.resolve();
        },
      };
      held.add(pending);
      return Promise.resolve(pending);
    },
  };
}
