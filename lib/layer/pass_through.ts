/** Passes a stream on unchanged, while a second reader reads a copy of it. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { createChannel } from "../base/channel.ts";
import { expectLater } from "../base/expect_later.ts";

/**
 * Passes a stream on chunk by chunk, in step with a second reader.
 *
 * @param read Reads the copy to its end. If it throws, the stream fails with the same error.
 */
export async function* passThrough(
  source: ByteStream,
  read: (copy: ByteStream) => Promise<void>,
): ByteStream {
  const copy = createChannel<Bytes>();
  // The reader may fail before it asks for a chunk, as on a runtime without zstd: closing the copy lets `send` return.
  const reading = expectLater(read(copy).finally(() => copy[Symbol.asyncIterator]().return?.()));
  try {
    for await (const chunk of source) {
      const taken = copy.send(chunk);
      // A rejection means that the reader has ended; its error is thrown by awaiting it.
      const refused = taken.then(() => false, () => true);
      yield chunk;
      if (await refused) await reading;
    }
    copy.close();
    await reading;
  } finally {
    copy.close(new Error("The layer is not read any further"));
    await reading.catch(() => {});
  }
}

/** Bytes of input that are kept in memory. Most input that needs a repair shows it early. */
const MOST_KEPT = 8 * 1024 * 1024;

/** Makes a stream that can be read only once readable from its start again, as long as little of it was read. */
export class InputRecord implements AsyncIterable<Bytes> {
  readonly #rest: AsyncIterator<Bytes>;
  #kept: Bytes[] | undefined = [];
  #length = 0;
  #isWanted = false;

  constructor(source: ByteStream) {
    this.#rest = source[Symbol.asyncIterator]();
  }

  /** Whether the stream can still be read from its start. */
  get isWhole(): boolean {
    return this.#kept !== undefined;
  }

  /** Keeps the stream open when its present reader ends, for the next reader. */
  keep(): void {
    this.#isWanted = true;
  }

  /** Whether it will be read again. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Bytes> {
    this.#isWanted = false;
    try {
      for (const chunk of this.#kept ?? []) yield chunk;
      for (let next = await this.#rest.next(); !next.done; next = await this.#rest.next()) {
        this.#add(next.value);
        yield next.value;
      }
    } finally {
      if (!this.#isWanted) await this.#rest.return?.();
    }
  }

  #add(chunk: Bytes): void {
    this.#length += chunk.length;
    if (this.#length > MOST_KEPT) this.#kept = undefined;
    this.#kept?.push(chunk);
  }
}
