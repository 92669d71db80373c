/** A stream as a file that can be read from any place. */

import type { ByteStream } from "../base/bytes.ts";
import type { CreateSpool } from "../storage/spool.ts";
import type { SeekableFile } from "./archive_files.ts";

/** Reads a stream to its end into a spool. */
export async function spoolFile(
  source: ByteStream,
  createSpool: CreateSpool,
): Promise<SeekableFile> {
  const spool = await createSpool();
  let size = 0;
  try {
    for await (const chunk of source) {
      await spool.write(chunk);
      size += chunk.length;
    }
  } catch (error) {
    await spool.dispose();
    throw error;
  }
  return {
    size,
    async *read(start, end): ByteStream {
      let left = end - start;
      if (left <= 0) return;
      for await (const chunk of spool.read(start)) {
        yield chunk.subarray(0, left);
        left -= chunk.length;
        if (left <= 0) return;
      }
    },
    close: () => spool.dispose(),
  };
}
