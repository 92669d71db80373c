/** Reads and writes files by descriptors, without stream objects. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import { delay } from "../../base/delay.ts";
import { builtin } from "../builtin.ts";
import { errorCode, errorReason } from "../system_error.ts";

/** Bytes of a read. Smaller reads cost more thread switches, larger ones gain nothing. */
export const READ_SIZE: number = 256 * 1024;

/** Opens a file and returns its descriptor. */
export function openFile(path: string, flags: string | number, mode = 0o666): Promise<number> {
  return new Promise((resolve, reject) =>
    builtin("node:fs").open(
      path,
      flags,
      mode,
      (error, descriptor) => error ? reject(error) : resolve(descriptor),
    )
  );
}

/** Closes a descriptor. */
export function closeFile(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) =>
    builtin("node:fs").close(descriptor, (error) => error ? reject(error) : resolve())
  );
}

/** Waits until everything written to a file is on the disk. */
export function syncFile(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) =>
    builtin("node:fs").fsync(descriptor, (error) => error ? reject(error) : resolve())
  );
}

/**
 * Reads once into an array, and returns the number of bytes: 0 at the end.
 *
 * @param position Offset in the file; null continues after the last read, as pipes need it.
 */
export function readInto(
  descriptor: number,
  target: Bytes,
  position: number | null,
): Promise<number> {
  return new Promise((resolve, reject) =>
    builtin("node:fs").read(
      descriptor,
      target,
      0,
      target.length,
      position,
      (error, count) => error ? reject(error) : resolve(count),
    )
  );
}

/** Writes a whole array at a position. */
export async function writeAll(descriptor: number, chunk: Bytes, position: number): Promise<void> {
  const { write } = builtin("node:fs");
  for (let offset = 0; offset < chunk.length;) {
    offset += await new Promise<number>((resolve, reject) =>
      write(
        descriptor,
        chunk,
        offset,
        chunk.length - offset,
        position + offset,
        (error, count) => error ? reject(error) : resolve(count),
      )
    );
  }
}

/** Milliseconds between attempts to write to a pipe that its reader has made non-blocking. */
const PIPE_WAIT = 1;

/** Writes a whole array after the last write, as to a pipe. */
export async function writeOn(descriptor: number, chunk: Bytes): Promise<void> {
  const { write } = builtin("node:fs");
  for (let offset = 0; offset < chunk.length;) {
    const count = await new Promise<number>((resolve, reject) =>
      write(
        descriptor,
        chunk,
        offset,
        chunk.length - offset,
        null,
        (error, count) =>
          error === null
            ? resolve(count)
            : errorCode(error) === "EAGAIN"
            ? resolve(0)
            : reject(error),
      )
    );
    if (count === 0) await delay(PIPE_WAIT);
    offset += count;
  }
}

/** Reads an open file from an offset to its end or to a limit, both in bytes. */
export async function* readFrom(
  descriptor: number,
  start: number,
  end: number = Infinity,
): ByteStream {
  for (let position = start; position < end;) {
    const buffer = new Uint8Array(Math.min(READ_SIZE, end - position));
    const count = await readInto(descriptor, buffer, position);
    if (count === 0) return;
    yield buffer.subarray(0, count);
    position += count;
  }
}

/** Reads a file or pipe from its present position. */
async function* readOn(descriptor: number): ByteStream {
  while (true) {
    const buffer = new Uint8Array(READ_SIZE);
    const count = await readInto(descriptor, buffer, null);
    if (count === 0) return;
    yield buffer.subarray(0, count);
  }
}

/** Reads a file from an offset. It is opened by the first read, so that an unused stream leaves nothing open. */
export async function* readFile(path: string, start: number = 0): ByteStream {
  const descriptor = await openFile(path, "r").catch((error) => {
    throw readError(path, error);
  });
  try {
    yield* start === 0 ? readOn(descriptor) : readFrom(descriptor, start);
  } catch (error) {
    throw errorCode(error) === undefined ? error : readError(path, error);
  } finally {
    await closeFile(descriptor);
  }
}

function readError(path: string, cause: unknown): Error {
  return Object.assign(new Error(`Cannot read "${path}": ${errorReason(cause)}`, { cause }), {
    code: errorCode(cause),
  });
}
