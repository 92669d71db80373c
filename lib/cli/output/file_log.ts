/** Writes lines to a file, one after the other. */

import { builtin } from "../../host/builtin.ts";
import { closeFile, openFile, readInto, writeOn } from "../../host/files/file_stream.ts";
import { errorCode, errorReason } from "../../host/system_error.ts";

/** An open file of lines. */
export interface FileLog {
  /** Writes a line with its end, and waits until the system has it. Lines are in the order of the calls. */
  write(line: string): Promise<void>;
  /** Closes the file, once all is written. */
  close(): Promise<void>;
}

/**
 * Opens a file for lines.
 *
 * @param continues Whether to append; an incomplete last line is then ended.
 * @throws {Error} if it cannot be opened, or is not empty and `continues` is not set.
 */
export async function openLog(
  path: string,
  { continues }: { readonly continues: boolean },
): Promise<FileLog> {
  const refuse = (error: unknown): Error =>
    new Error(`Cannot write "${path}": ${errorReason(error)}`, { cause: error });
  let descriptor: number;
  let last: Promise<void> = Promise.resolve();
  try {
    const start = continues && await isCutOff(path) ? "\n" : "";
    if (!continues && await hasContent(path)) throw new Error("there is something in it already");
    descriptor = await openFile(path, "a");
    if (start !== "") last = writeOn(descriptor, new TextEncoder().encode(start));
  } catch (error) {
    throw refuse(error);
  }
  return {
    write(line): Promise<void> {
      last = last.then(() => writeOn(descriptor, new TextEncoder().encode(line)));
      return last.catch((error) => {
        throw refuse(error);
      });
    },
    async close(): Promise<void> {
      await last.catch(() => {});
      await closeFile(descriptor);
    },
  };
}

/** Whether a path is a file that is not empty, which `/dev/stdout` may be too. */
async function hasContent(path: string): Promise<boolean> {
  if (/^\/(?:dev|proc)\//.test(path)) return false;
  try {
    return (await builtin("node:fs").promises.stat(path)).size > 0;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Whether a file ends in the middle of a line, as a killed program leaves it. */
async function isCutOff(path: string): Promise<boolean> {
  try {
    const { size } = await builtin("node:fs").promises.stat(path);
    if (size === 0) return false;
    const descriptor = await openFile(path, "r");
    try {
      const byte = new Uint8Array(1);
      await readInto(descriptor, byte, size - 1);
      return byte[0] !== 0x0a;
    } finally {
      await closeFile(descriptor);
    }
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
