/** A source that can be read again: from memory, else from a spool, else from the source itself, which is opened again. */

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
   * The beginning of messages.
   *
   * @default {"Cannot read a blob"}
   */
  readonly action?: string | undefined;
  /** @default {createSha256} */
  readonly createHasher?: CreateHasher | undefined;
  /**
   * The bytes that are kept in memory: those at the start or, without a spool, those that were read last.
   *
   * @default {8388608}
   */
  readonly bufferSize?: number | undefined;
  /** Makes the spool for bytes that do not fit into memory. */
  readonly createSpool?: CreateSpool | undefined;
  /** Called once if the spool fails, as on a full disk: reading goes on without it. */
  readonly onSpoolFailure?: ((error: unknown) => void) | undefined;
}

/** One opening of the source. */
interface Pass {
  readonly live: AsyncIterator<Bytes>;
  /** The read that is under way; it resolves to whether there was another chunk. */
  step?: Promise<boolean> | undefined;
}

/**
 * Reads a source once, computes its size and digest on the way, and keeps as many of its bytes as it may, so that they can be read
 * again. Must be disposed.
 *
 * A source that is opened again has to give the same bytes, or reading it fails. If its bytes may vary
 * ({@linkcode BlobSource.bytesMayVary}), size and digest are those of the last reading, and it can only be read from its start, so
 * that bytes of two readings are never mixed.
 */
export class ReplayableSource {
  readonly #source: BlobSource;
  readonly #options: ReplayableSourceOptions;
  readonly #bufferSize: number;
  readonly #window: ByteWindow = new ByteWindow();
  /** Undefined if there is no spool, and once it has failed. */
  #createSpool: CreateSpool | undefined;
  #spool: Spool | undefined;
  /** The error of the spool that failed. */
  #spoolFailure: unknown;
  #pass: Pass | undefined;
  /** The offset in the source up to which the current pass has read. */
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

  /** The size in bytes, once the end was read. */
  get size(): number | undefined {
    return this.#content.size;
  }

  /** The digest, once the end was read. */
  get digest(): Digest | undefined {
    return this.#content.digest;
  }

  /** The error that the source itself has thrown, if it has. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** All bytes, if they are in memory. */
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
   * Reads the beginning into memory, until the memory's limit is exceeded.
   *
   * @returns whether the source has ended.
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
   * The bytes from an offset to the end. Opening it again ends an earlier reader.
   *
   * @throws {TypeError} if it cannot begin at the offset: ask {@linkcode canOpen} first.
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

  /** Frees the spool and ends the source, without waiting for it: one that waits for something else may never end. */
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

  /** Whether the source can be opened at an offset. One with a digest is stored as it is; any other is made again, from its start. */
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

  /** Reads the next chunk. A read that was begun for an earlier reader serves the present one. */
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
    // `fill` reads without a reader.
    const isBeginning = this.#window.start === 0 && this.#position <= this.#bufferSize;
    try {
      await this.#spoolOut(chunk);
    } catch (error) {
      await this.#dropSpool();
      this.#spoolFailure = error;
      if (!this.#isDisposed) this.#options.onSpoolFailure?.(error);
    }
    this.#requirePresent(pass);
    // The last chunk is always kept, for the reader that has asked for it.
    const isElsewhere = this.#spool !== undefined || this.#isSeekable;
    this.#window.push(chunk, isBeginning ? Infinity : isElsewhere ? 1 : this.#bufferSize);
    this.#position += chunk.length;
  }

  /** @throws if the source was opened again while a read of an earlier pass was under way. */
  #requirePresent(pass: Pass): void {
    if (pass !== this.#pass) throw superseded();
  }

  /** Writes a chunk to the spool. It is made, with all that is in memory, as soon as that exceeds its limit. */
  async #spoolOut(chunk: Bytes): Promise<void> {
    if (this.#spool === undefined) {
      const isTooMuch = this.#position + chunk.length > this.#bufferSize;
      if (this.#createSpool === undefined || this.#window.start > 0 || !isTooMuch) return;
      const spool = await this.#createSpool();
      // This may have been disposed while the spool was made.
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
