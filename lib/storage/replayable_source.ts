/** A source whose bytes can be had again: from memory, then from a spool, then from the source itself, opened anew. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { expectLater } from "../base/expect_later.ts";
import type { CreateHasher } from "../base/hash/hasher.ts";
import { createSha256 } from "../base/hash/sha256.ts";
import type { Digest } from "../oci/digest.ts";
import type { BlobSource } from "./blob_source.ts";
import { ByteWindow } from "./byte_window.ts";
import { SourceDigest } from "./source_digest.ts";
import type { CreateSpool, Spool } from "./spool.ts";

/** Options of {@linkcode ReplayableSource}. */
export interface ReplayableSourceOptions {
  /**
   * How messages begin.
   *
   * @default {"Cannot read a blob"}
   */
  readonly action?: string | undefined;
  /** @default {createSha256} */
  readonly createHasher?: CreateHasher | undefined;
  /**
   * Bytes kept in memory: of the beginning and, where there is no spool, those that were read last.
   *
   * @default {8388608}
   */
  readonly bufferSize?: number | undefined;
  /** Makes the spool for what does not fit into memory. */
  readonly createSpool?: CreateSpool | undefined;
  /** Told once when the spool fails, as on a full disk: reading goes on without it. */
  readonly onSpoolFailure?: ((error: unknown) => void) | undefined;
}

/** One reading of the source, from its opening on. */
interface Pass {
  readonly live: AsyncIterator<Bytes>;
  /** The read that is under way; it tells whether there was another chunk. */
  step?: Promise<boolean> | undefined;
}

/**
 * Reads a source once, computes its size and digest on the way, and keeps of it what it may, so that it can be read again. Must be
 * disposed.
 *
 * A source that is opened anew has to give the same bytes, or the reading fails. Where it may give other bytes for the same content
 * ({@linkcode BlobSource.bytesMayVary}), size and digest are those of the last reading, and it can only be read from its start: bytes
 * of two readings are never mixed.
 */
export class ReplayableSource {
  readonly #source: BlobSource;
  readonly #options: ReplayableSourceOptions;
  readonly #bufferSize: number;
  readonly #window: ByteWindow = new ByteWindow();
  /** Absent where there is none, and once it has failed. */
  #createSpool: CreateSpool | undefined;
  #spool: Spool | undefined;
  /** Why there is none any more. */
  #spoolFailure: unknown;
  #pass: Pass | undefined;
  /** Bytes of the present reading so far, also by their offset in the source. */
  #position = 0;
  readonly #content: SourceDigest;
  #failure: { readonly error: unknown } | undefined;
  /** Counts readers: only the last one is served. */
  #reader = 0;
  #isDisposed = false;

  constructor(source: BlobSource, options: ReplayableSourceOptions = {}) {
    this.#source = source;
    this.#options = options;
    this.#bufferSize = options.bufferSize ?? 8 * 1024 * 1024;
    this.#createSpool = options.createSpool;
    const { action = "Cannot read a blob", createHasher = createSha256 } = options;
    this.#content = new SourceDigest(source, action, createHasher);
  }

  /** Bytes of the whole, once the end was read. */
  get size(): number | undefined {
    return this.#content.size;
  }

  /** The digest of the whole, once the end was read. */
  get digest(): Digest | undefined {
    return this.#content.digest;
  }

  /** The source's own error, if it has thrown. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** The whole, where it is in memory. */
  get whole(): Blob | undefined {
    const { start, end } = this.#window;
    return start === 0 && end === this.size ? new Blob(this.#window.from(0)) : undefined;
  }

  /** Whether it can be read from its start. */
  get replayable(): boolean {
    return this.canOpen(0);
  }

  /** Whether {@linkcode open} can begin at an offset. */
  canOpen(start: number): boolean {
    return start >= this.#position || this.#isKept(start) || this.#canReopen(start);
  }

  /**
   * Reads the beginning into memory, until it holds more than it should.
   *
   * @returns whether that is all.
   */
  async fill(): Promise<boolean> {
    const reader = ++this.#reader;
    while (this.size === undefined && this.#position <= this.#bufferSize) {
      await this.#advance();
      if (reader !== this.#reader) throw superseded();
    }
    return this.size !== undefined;
  }

  /**
   * The bytes from an offset to the end. A reader that comes later ends this one.
   *
   * @throws {TypeError} if the offset cannot be had: ask {@linkcode canOpen} first.
   */
  async *open(start = 0): ByteStream {
    const reader = ++this.#reader;
    if (!this.canOpen(start)) throw lost(this.#spoolFailure);
    if (start < this.#position && !this.#isKept(start)) this.#reopen(start);
    for (let position = start, more = true; more;) {
      if (position < this.#position) {
        for await (const chunk of this.#kept(position)) {
          if (reader !== this.#reader) throw superseded();
          position += chunk.length;
          yield chunk;
        }
      }
      if (reader !== this.#reader) throw superseded();
      if (position < this.#position) continue;
      more = await this.#advance();
    }
  }

  /** Frees the spool and ends the source, which is not waited for: one that waits for others may never end. */
  async dispose(): Promise<void> {
    this.#reader++;
    this.#isDisposed = true;
    const freed = this.#dropSpool();
    this.#endPass();
    await freed;
  }

  #isKept(start: number): boolean {
    return this.#window.reaches(start) || this.#spool !== undefined;
  }

  #kept(start: number): ByteStream | Bytes[] {
    if (this.#window.reaches(start)) return this.#window.from(start);
    if (this.#spool === undefined) throw lost(this.#spoolFailure);
    return this.#spool.read(start);
  }

  /** What has a digest lies somewhere as it is; anything else is made once more, from its start. */
  get #isSeekable(): boolean {
    return this.#source.replayable && this.#source.digest !== undefined;
  }

  #canReopen(start: number): boolean {
    return !this.#isDisposed && this.#source.replayable && (start === 0 || this.#isSeekable);
  }

  #reopen(start: number): void {
    this.#endPass();
    this.#position = start;
    this.#window.restart(start);
    if (!this.#isSeekable) this.#content.restart();
  }

  #endPass(): void {
    const { live } = this.#pass ?? {};
    this.#pass = undefined;
    if (live !== undefined) expectLater(Promise.resolve(live.return?.()));
  }

  /** Reads on by one chunk. A read that was begun for a reader that was given up serves the one that follows it. */
  #advance(): Promise<boolean> {
    if (this.#isDisposed) return Promise.reject(superseded());
    const pass = this.#pass ??= {
      live: this.#source.open(this.#position)[Symbol.asyncIterator](),
    };
    pass.step ??= this.#read(pass).finally(() => pass.step = undefined);
    return pass.step;
  }

  async #read(pass: Pass): Promise<boolean> {
    try {
      const { done, value } = await pass.live.next();
      this.#requirePresent(pass);
      if (done) {
        await this.#content.finish(this.#position);
        return false;
      }
      await this.#content.add(value, this.#position);
      this.#requirePresent(pass);
      await this.#keep(value, pass);
      return true;
    } catch (error) {
      if (pass === this.#pass) this.#failure ??= { error };
      throw error;
    }
  }

  async #keep(chunk: Bytes, pass: Pass): Promise<void> {
    // What `fill` reads has no reader yet.
    const isBeginning = this.#window.start === 0 && this.#position <= this.#bufferSize;
    try {
      await this.#spoolOut(chunk);
    } catch (error) {
      await this.#dropSpool();
      this.#spoolFailure = error;
      if (!this.#isDisposed) this.#options.onSpoolFailure?.(error);
    }
    this.#requirePresent(pass);
    // The last chunk is always there, for the reader that has asked for it.
    const isElsewhere = this.#spool !== undefined || this.#isSeekable;
    this.#window.push(chunk, isBeginning ? Infinity : isElsewhere ? 1 : this.#bufferSize);
    this.#position += chunk.length;
  }

  /** A read that ends after its source was opened anew has come too late. */
  #requirePresent(pass: Pass): void {
    if (pass !== this.#pass) throw superseded();
  }

  /** Writes a chunk to the spool, which is begun with what is in memory as soon as that is too much. */
  async #spoolOut(chunk: Bytes): Promise<void> {
    if (this.#spool === undefined) {
      const isTooMuch = this.#position + chunk.length > this.#bufferSize;
      if (this.#createSpool === undefined || this.#window.start > 0 || !isTooMuch) return;
      const spool = await this.#createSpool();
      // It may have been given up while the spool was made.
      if (this.#isDisposed) return await spool.dispose();
      this.#spool = spool;
      for (const kept of this.#window.from(0)) await spool.write(kept);
    }
    await this.#spool.write(chunk);
  }

  async #dropSpool(): Promise<void> {
    const spool = this.#spool;
    this.#spool = this.#createSpool = undefined;
    await spool?.dispose();
  }
}

function lost(cause: unknown): TypeError {
  const kept = cause instanceof Error ? `, and it could not be kept: ${cause.message}` : "";
  const message = "Cannot read the layer a second time: its source can be read only once";
  return new TypeError(`${message}${kept}`, { cause });
}

function superseded(): TypeError {
  return new TypeError("Cannot go on reading: the source was closed, or is being read anew");
}
