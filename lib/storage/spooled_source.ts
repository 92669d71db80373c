/** A blob source that can be read again, though what feeds it can be read only once. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { skipBytes } from "../base/skip_bytes.ts";
import type { BlobSource } from "./blob_source.ts";
import type { CreateSpool, Spool } from "./spool.ts";

/** Options of {@linkcode SpooledSource}. */
export interface SpooledSourceOptions {
  /** Makes the spool; absent, the source becomes unreadable a second time once it has outgrown the memory. */
  readonly createSpool?: CreateSpool | undefined;
  /**
   * Bytes kept in memory before a spool is made.
   *
   * @default {8388608}
   */
  readonly memoryLimit?: number | undefined;
  /** Told once when the spool fails, as on a full disk: reading goes on, but no longer a second time. */
  readonly onSpoolFailure?: ((error: unknown) => void) | undefined;
}

/** A chunk and the bytes that came before it. */
interface Piece {
  readonly offset: number;
  readonly chunk: Bytes;
}

/**
 * Keeps what was read of a one-shot source, in memory while it is small and in a spool beyond that. A later `open` replays the
 * kept bytes and goes on with the source where an earlier reader stopped. Must be disposed.
 */
export class SpooledSource implements BlobSource {
  readonly #options: SpooledSourceOptions;
  readonly #memoryLimit: number;
  readonly #live: AsyncIterator<Bytes>;
  #memory: Bytes[] = [];
  #spool: Spool | undefined;
  /** Bytes that the live source has given. */
  #offset = 0;
  #replayable = true;
  #advancing: Promise<Piece | undefined> | undefined;

  constructor(source: BlobSource, options: SpooledSourceOptions = {}) {
    this.#options = options;
    this.#memoryLimit = options.memoryLimit ?? 8 * 1024 * 1024;
    this.#live = source.open()[Symbol.asyncIterator]();
  }

  /** False once the bytes are no longer kept. */
  get replayable(): boolean {
    return this.#replayable;
  }

  async *open(start = 0): ByteStream {
    let position = start;
    while (true) {
      if (position < this.#offset) {
        for await (const chunk of this.#kept(position)) {
          position += chunk.length;
          yield chunk;
        }
      }
      const piece = await this.#advance();
      if (piece === undefined) return;
      const end = piece.offset + piece.chunk.length;
      // A reader that fell behind another one, or that starts further on, is served by the next round.
      if (position < piece.offset || position >= end) continue;
      yield piece.chunk.subarray(position - piece.offset);
      position = end;
    }
  }

  /** Frees the spool and ends the source. Safe to call more than once. */
  async dispose(): Promise<void> {
    await this.#drop();
    // Not awaited: a source that waits for its next bytes ends no earlier than they come, if they ever do.
    Promise.resolve(this.#live.return?.()).catch(() => {});
  }

  #kept(start: number): ByteStream {
    if (!this.#replayable) throw new Error("Cannot read the layer a second time: it was not kept");
    return this.#spool?.read(start) ?? skipBytes(this.#memory, start);
  }

  /** The next piece of the live source; readers that ask at the same time get the same one, so none can be lost. */
  #advance(): Promise<Piece | undefined> {
    this.#advancing ??= this.#read().finally(() => this.#advancing = undefined);
    return this.#advancing;
  }

  async #read(): Promise<Piece | undefined> {
    const { done, value: chunk } = await this.#live.next();
    if (done) return undefined;
    if (this.#replayable) {
      try {
        await this.#keep(chunk);
      } catch (error) {
        await this.#drop();
        this.#options.onSpoolFailure?.(error);
      }
    }
    const offset = this.#offset;
    this.#offset += chunk.length;
    return { offset, chunk };
  }

  async #keep(chunk: Bytes): Promise<void> {
    if (this.#spool === undefined && this.#offset + chunk.length <= this.#memoryLimit) {
      this.#memory.push(chunk);
    } else if (this.#options.createSpool === undefined) {
      await this.#drop();
    } else {
      this.#spool ??= await this.#options.createSpool();
      // It may have been given up while the spool was made.
      if (!this.#replayable) return await this.#drop();
      for (const kept of this.#memory) await this.#spool.write(kept);
      this.#memory = [];
      await this.#spool.write(chunk);
    }
  }

  async #drop(): Promise<void> {
    this.#replayable = false;
    this.#memory = [];
    await this.#spool?.dispose();
    this.#spool = undefined;
  }
}
