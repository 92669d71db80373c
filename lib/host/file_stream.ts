/** Files as streams: promise-shaped `node:fs` calls over a file descriptor, with no stream object in between. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { builtin } from "./builtin.ts";

/** Bytes of a read. Smaller ones cost a thread switch each; larger ones gain nothing. */
export const READ_SIZE: number = 256 * 1024;

/** Opens a file and returns its descriptor. */
export function openFile(path: string, flags: string, mode = 0o666): Promise<number> {
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

/**
 * Reads once into an array, and returns how many bytes came: 0 at the end.
 *
 * @param position Bytes from the start of the file; null reads on from where the last read ended, as pipes need it.
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

/** Writes all of an array at a position, however many calls it takes. */
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

/** The bytes of an open file from an offset to its end, or to a limit (both in bytes). */
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

/** The code of a system error: `ENOENT`; undefined for any other value. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}
