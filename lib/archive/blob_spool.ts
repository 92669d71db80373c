/** A spool of `Blob`s, for where there are no temporary files: browsers move large ones to the disk by themselves. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { fromReadable } from "../base/readable.ts";
import type { Spool } from "../storage/spool.ts";

/** Makes an empty spool. */
export function createBlobSpool(): Promise<Spool> {
  // Joined when they are read: some runtimes copy what they join.
  let parts: Blob[] = [];
  return Promise.resolve({
    write(chunk: Bytes): Promise<void> {
      parts.push(new Blob([chunk]));
      return Promise.resolve();
    },
    read(start: number): ByteStream {
      const whole = new Blob(parts);
      parts = [whole];
      return fromReadable(whole.slice(start).stream());
    },
    dispose(): Promise<void> {
      parts = [];
      return Promise.resolve();
    },
  });
}
