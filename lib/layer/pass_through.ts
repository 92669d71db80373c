/** Gives bytes out as they came, while somebody else reads them too. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { createChannel } from "../base/channel.ts";
import { expectLater } from "../base/expect_later.ts";

/**
 * Passes a stream on chunk by chunk, each once a second reader has taken it.
 *
 * @param read Reads a copy of the stream to its end. What it throws ends the stream that is given out.
 */
export async function* passThrough(
  source: ByteStream,
  read: (copy: ByteStream) => Promise<void>,
): ByteStream {
  const copy = createChannel<Bytes>();
  // It may fail before it asks for anything, as where a runtime has no zstd: nothing must wait for it then.
  const reading = expectLater(read(copy).finally(() => copy[Symbol.asyncIterator]().return?.()));
  try {
    for await (const chunk of source) {
      const taken = copy.send(chunk);
      // A refusal means that the other reader has failed, which is awaited below.
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

/** Bytes that are kept in memory; most input that needs a repair does so early. */
const MOST_KEPT = 8 * 1024 * 1024;

/** A stream that can be read from its start again, though it comes but once, as long as little of it was read. */
export class InputRecord implements AsyncIterable<Bytes> {
  readonly #rest: AsyncIterator<Bytes>;
  #kept: Bytes[] | undefined = [];
  #length = 0;
  #isWanted = false;

  constructor(source: ByteStream) {
    this.#rest = source[Symbol.asyncIterator]();
  }

  /** Whether all that was read is still there. */
  get isWhole(): boolean {
    return this.#kept !== undefined;
  }

  /** Says that the stream is wanted again, and must not end with its first reader. */
  keep(): void {
    this.#isWanted = true;
  }

  /** Whether it is. */
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
