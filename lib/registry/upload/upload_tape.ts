/** A blob on its way: read once, hashed on the way, a part of it kept, so that as much as possible can be sent again. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import type { CreateHasher, Hasher } from "../../base/hash/hasher.ts";
import { encodeHex } from "../../base/hex.ts";
import type { BlobSource } from "../../storage/blob_source.ts";
import type { Digest } from "../../oci/digest.ts";
import { DigestMismatchError } from "../../storage/digest_mismatch_error.ts";
import { ReplayWindow } from "./replay_window.ts";

/** Options of {@linkcode UploadTape}. */
export interface UploadTapeOptions {
  /** For messages: `Cannot push a blob to "ghcr.io/acme/app"`. */
  readonly action: string;
  readonly createHasher: CreateHasher;
  /** Bytes to keep: of the beginning, and later, of a source that can be read only once, those that were read last. */
  readonly bufferSize: number;
}

/** Reads a source from any offset that can still be had. */
export class UploadTape {
  readonly #source: BlobSource;
  readonly #action: string;
  readonly #hasher: Hasher;
  /** The source being read, and the offset of its next byte. */
  #live: AsyncIterator<Bytes> | undefined;
  #position = 0;
  /** A read of it under way. */
  #pull: Promise<IteratorResult<Bytes>> | undefined;
  #hashed = 0;
  readonly #window: ReplayWindow = new ReplayWindow();
  readonly #bufferSize: number;
  #size: number | undefined;
  #digest: Digest | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** Counts readers: only the last one may move the tape. */
  #reader = 0;

  constructor(source: BlobSource, { action, createHasher, bufferSize }: UploadTapeOptions) {
    this.#source = source;
    this.#action = action;
    this.#hasher = createHasher();
    this.#bufferSize = bufferSize;
  }

  /** Bytes of the whole, once the end was read. */
  get size(): number | undefined {
    return this.#size;
  }

  /** The digest of the whole, once the end was read. */
  get digest(): Digest | undefined {
    return this.#digest;
  }

  /** The source's own error, if it has thrown. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** The whole, where it is in memory. */
  get whole(): Bytes | undefined {
    const { start, end } = this.#window;
    return start === 0 && end === this.#size ? this.#window.join() : undefined;
  }

  /**
   * Reads the beginning into memory, until it holds more than it should.
   *
   * @returns whether that is all.
   */
  async fill(): Promise<boolean> {
    const reader = ++this.#reader;
    while (this.#size === undefined && this.#window.end <= this.#bufferSize) {
      const chunk = await this.#next(reader);
      if (chunk !== undefined) this.#window.push(chunk, Infinity);
    }
    return this.#size !== undefined;
  }

  /** Whether {@linkcode read} can begin at an offset. */
  canRead(offset: number): boolean {
    return this.#source.replayable || this.#window.reaches(offset);
  }

  /**
   * The bytes from an offset to the end. A reader that comes later ends this one.
   *
   * @throws {TypeError} if the offset cannot be had: ask {@linkcode canRead} first.
   */
  async *read(offset: number): ByteStream {
    const reader = ++this.#reader;
    if (this.#window.reaches(offset)) {
      yield* this.#window.from(offset);
      if (this.#window.end === this.#size) return;
      if (reader !== this.#reader) throw lost();
    } else {
      this.#reopen(offset);
    }
    for (let chunk = await this.#next(reader); chunk !== undefined;) {
      // What can be read again need not be kept.
      if (this.#source.replayable) this.#window.restart(this.#position);
      else this.#window.push(chunk, this.#bufferSize);
      yield chunk;
      chunk = await this.#next(reader);
    }
  }

  /** Ends the source. It is not waited for: a source that is waited for by others may never end. */
  close(): void {
    this.#reader++;
    this.#live?.return?.().catch(() => {});
  }

  #reopen(offset: number): void {
    if (!this.#source.replayable) throw lost();
    this.#live?.return?.().catch(() => {});
    this.#pull = undefined;
    this.#live = this.#source.open(offset)[Symbol.asyncIterator]();
    this.#position = offset;
    this.#window.restart(offset);
  }

  async #next(reader: number): Promise<Bytes | undefined> {
    this.#live ??= this.#source.open()[Symbol.asyncIterator]();
    const pull = this.#pull ??= this.#live.next();
    try {
      const { done, value } = await pull;
      // A reader that was given up leaves the chunk to the one that follows it.
      if (reader !== this.#reader) throw lost();
      this.#pull = undefined;
      await (done ? this.#finish() : this.#advance(value));
      return done ? undefined : value;
    } catch (error) {
      if (reader === this.#reader) this.#failure ??= { error };
      throw error;
    }
  }

  async #advance(chunk: Bytes): Promise<void> {
    const start = this.#position;
    this.#position += chunk.length;
    const size = this.#size ?? this.#source.size;
    if (size !== undefined && this.#position > size) {
      throw this.#mismatch(`${size} bytes`, "more");
    }
    if (this.#position <= this.#hashed) return;
    const fresh = chunk.subarray(this.#hashed - start);
    this.#hashed = this.#position;
    await this.#hasher.update(fresh);
  }

  async #finish(): Promise<void> {
    if (this.#size !== undefined) {
      if (this.#position === this.#size) return;
      throw this.#mismatch(`${this.#size} bytes as before`, `${this.#position} bytes`);
    }
    const { size, digest } = this.#source;
    if (size !== undefined && this.#position !== size) {
      throw this.#mismatch(`${size} bytes`, `${this.#position} bytes`);
    }
    const computed: Digest = `sha256:${encodeHex(await this.#hasher.digest())}`;
    // Of a sha512 digest only the registry can say whether it is right.
    const expected = digest?.startsWith("sha512:") ? computed : digest ?? computed;
    if (expected !== computed) throw this.#mismatch(expected, computed);
    this.#size = this.#position;
    this.#digest = digest ?? computed;
  }

  #mismatch(expected: string, actual: string): DigestMismatchError {
    return new DigestMismatchError(this.#action, { expected, actual });
  }
}

function lost(): TypeError {
  return new TypeError("Cannot read a part of a source again: it can be read only once");
}
