/** A spool of `Blob`s, for hosts without temporary files: browsers move large `Blob`s to the disk by themselves. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { fromReadable } from "../base/readable.ts";
import type { Spool } from "../storage/spool.ts";

/** Makes an empty spool. */
export function createBlobSpool(): Promise<Spool> {
  // Joined only when they are read, since some runtimes copy the bytes of joined `Blob`s.
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
