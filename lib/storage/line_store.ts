/** Lists of JSON values in a cache, written and read one by one, so that a list of a million takes no memory but its compressed bytes. */

import { type Bytes, type ByteStream, concatBytes } from "../base/bytes.ts";
import { fromReadable } from "../base/readable.ts";
import type { CacheStore } from "./cache_store.ts";

/** Bytes of a list as text: what is larger is neither kept nor read. */
const LARGEST = 256 * 1024 * 1024;

/** Characters of a line. */
const LONGEST_LINE = 64 * 1024;

/** Characters that are compressed at a time. */
const BATCH = 256 * 1024;

/** The last line: a list without it was cut. */
const END = "end";

/** Keeps a list under a name; one that is too large is not kept. */
export async function putLines(
  store: CacheStore,
  name: string,
  values: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<void> {
  const stage = new CompressionStream("gzip");
  const written = writeLines(stage.writable.getWriter(), values);
  const chunks: Bytes[] = [];
  for await (const chunk of fromReadable(stage.readable)) chunks.push(chunk);
  if (await written) await store.put(name, concatBytes(chunks));
}

async function writeLines(
  writer: WritableStreamDefaultWriter<Bytes>,
  values: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<boolean> {
  const encoder = new TextEncoder();
  let text = "";
  let size = 0;
  const flush = async (): Promise<void> => {
    size += text.length;
    await writer.write(encoder.encode(text));
    text = "";
  };
  for await (const value of values) {
    text += `${JSON.stringify(value)}\n`;
    if (text.length >= BATCH) await flush();
    if (size > LARGEST) break;
  }
  text += `${JSON.stringify(END)}\n`;
  await flush();
  await writer.close();
  return size <= LARGEST;
}

/**
 * Reads a list.
 *
 * @returns undefined where there is none.
 */
export async function getLines(
  store: CacheStore,
  name: string,
): Promise<AsyncIterable<unknown> | undefined> {
  const bytes = await store.get(name);
  if (bytes === undefined) return undefined;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return readLines(fromReadable(stream));
}

/** @throws {SyntaxError} if it is no such list, or a cut one. */
async function* readLines(stream: ByteStream): AsyncIterable<unknown> {
  const decoder = new TextDecoder();
  let rest = "";
  let size = 0;
  let hasEnded = false;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > LARGEST || hasEnded) throw new SyntaxError("not a list of the cache");
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) throw new SyntaxError("not a list of the cache");
    for (const line of lines) {
      const value: unknown = JSON.parse(line);
      hasEnded = value === END;
      if (!hasEnded) yield value;
    }
  }
  if (!hasEnded || rest !== "") throw new SyntaxError("not a list of the cache");
}
