/** Archives for browsers and Workers: one that is read from a `Blob` or stream, and one that is written to a stream. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { fromReadable } from "../base/readable.ts";
import type { ArchiveFiles, SeekableFile } from "./archive_files.ts";

/** Options of {@linkcode webArchives}. */
export interface WebArchivesOptions {
  /** What is read as `docker-archive:-` or `oci-archive:-`: a file that a user has chosen, or any stream. */
  readonly input?: Blob | ReadableStream<Uint8Array> | undefined;
  /** Where these are written. It is closed when the archive is complete, and aborted if writing fails after it was begun. */
  readonly output?: WritableStream<Uint8Array> | undefined;
}

/**
 * Makes the archives of a host on which `-` is the only path.
 *
 * @example
 * ```ts
 * import { editImage } from "@x/appendlayer";
 * import { webArchives } from "@x/appendlayer/host";
 *
 * const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
 * const archives = webArchives({ output: writable });
 * const [file] = await Promise.all([
 *   new Response(readable).blob(),
 *   editImage("scratch", "docker-archive:-:site:dev", { cmd: ["serve"], host: { archives } }),
 * ]);
 * console.log(file.size); // a file for `docker load`
 * ```
 */
export function webArchives({ input, output }: WebArchivesOptions): ArchiveFiles {
  const check = (path: string): void => {
    if (path !== "-") {
      throw new TypeError(`Cannot open the archive "${path}": there is only "-" in this runtime`);
    }
  };
  return {
    async open(path): Promise<SeekableFile | ByteStream | undefined> {
      check(path);
      if (input === undefined) return undefined;
      if (!(input instanceof Blob)) return fromReadable(input);
      return await Promise.resolve({
        size: input.size,
        read: (start, end) => fromReadable(input.slice(start, end).stream()),
        close: () => Promise.resolve(),
      });
    },
    async create(path): ReturnType<ArchiveFiles["create"]> {
      check(path);
      if (output === undefined) {
        throw new TypeError("Cannot write an archive: no stream was given for it");
      }
      const writer = await Promise.resolve(output.getWriter());
      let isDone = false;
      return {
        async write(chunk: Bytes): Promise<void> {
          await writer.ready;
          // A copy, since the stream may keep the array after this call.
          await writer.write(chunk.slice());
        },
        async commit(): Promise<void> {
          await writer.close();
          isDone = true;
        },
        async discard(): Promise<void> {
          if (isDone) return;
          isDone = true;
          await writer.abort(new Error("Cannot write the archive to its end")).catch(() => {});
        },
      };
    },
  };
}
