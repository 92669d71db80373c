/** Lists of JSON values in a cache, written and read one by one, so that a list of a million takes no memory but its compressed bytes. */

import type { ByteStream } from "../base/bytes.ts";
import { fromReadable, toReadable } from "../base/readable.ts";
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
  const text = toReadable(writeLines(values));
  await store.put(name, fromReadable(text.pipeThrough(new CompressionStream("gzip"))));
}

/** @throws {RangeError} if they are too large. */
async function* writeLines(values: Iterable<unknown> | AsyncIterable<unknown>): ByteStream {
  const encoder = new TextEncoder();
  let text = "";
  let size = 0;
  for await (const value of values) {
    text += `${JSON.stringify(value)}\n`;
    if (text.length < BATCH) continue;
    size += text.length;
    if (size > LARGEST) throw new RangeError("too large a list for the cache");
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(`${text}${JSON.stringify(END)}\n`);
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
  return readLines(fromReadable(toReadable(bytes).pipeThrough(new DecompressionStream("gzip"))));
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
