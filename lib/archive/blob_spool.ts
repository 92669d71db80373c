/** A spool of `Blob`s, for where there are no temporary files: browsers move large ones to the disk by themselves. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { fromReadable } from "../base/readable.ts";
import type { Spool } from "../storage/spool.ts";

/** Makes an empty spool. */
export function createBlobSpool(): Promise<Spool> {
  let whole = new Blob();
  return Promise.resolve({
    write(chunk: Bytes): Promise<void> {
      whole = new Blob([whole, chunk]);
      return Promise.resolve();
    },
    read: (start: number): ByteStream => fromReadable(whole.slice(start).stream()),
    dispose(): Promise<void> {
      whole = new Blob();
      return Promise.resolve();
    },
  });
}
