/** Size and digest of a source, computed as it is read, and compared with those that are known in advance. */

import type { Bytes } from "../base/bytes.ts";
import type { CreateHasher, Hasher } from "../base/hash/hasher.ts";
import { encodeHex } from "../base/hex.ts";
import type { Digest } from "../oci/digest.ts";
import type { BlobSource } from "./blob_source.ts";
import { DigestMismatchError } from "./digest_mismatch_error.ts";

/** Hashes each byte once, however often parts of the source are read. */
export class SourceDigest {
  readonly #source: BlobSource;
  readonly #action: string;
  readonly #createHasher: CreateHasher;
  /** Undefined for a source that is checked already: hashing is half of the work of copying a large blob. */
  #hasher: Hasher | undefined;
  /** The number of bytes that were hashed. */
  #hashed = 0;
  #size: number | undefined;
  #digest: Digest | undefined;
  /** Size and digest of an earlier reading that came to its end. */
  #earlier: { readonly size: number; readonly digest: Digest } | undefined;

  /** @param action The beginning of messages. */
  constructor(source: BlobSource, action: string, createHasher: CreateHasher) {
    this.#source = source;
    this.#action = action;
    this.#createHasher = createHasher;
    this.#hasher = this.#startHash();
  }

  /** The size in bytes, once the end was read. */
  get size(): number | undefined {
    return this.#size;
  }

  /** The digest, once the end was read. */
  get digest(): Digest | undefined {
    return this.#digest;
  }

  /**
   * Adds a chunk.
   *
   * @param start The offset of the chunk's first byte.
   * @throws {DigestMismatchError} if there are more bytes than there should be.
   */
  async add(chunk: Bytes, start: number): Promise<void> {
    const end = start + chunk.length;
    const size = this.#size ?? this.#source.size ?? this.#toRepeat?.size;
    if (size !== undefined && end > size) throw this.#mismatch(`${size} bytes`, "more");
    if (end <= this.#hashed) return;
    const fresh = chunk.subarray(this.#hashed - start);
    this.#hashed = end;
    await this.#hasher?.update(fresh);
  }

  /**
   * Ends the reading.
   *
   * @param position The number of bytes that were read.
   * @throws {DigestMismatchError} if they do not match the expected size and digest, or those of an earlier reading.
   */
  async finish(position: number): Promise<void> {
    if (this.#size !== undefined) {
      if (position === this.#size) return;
      throw this.#mismatch(`${this.#size} bytes as before`, `${position} bytes`);
    }
    const { size, digest } = this.#source;
    if (size !== undefined && position !== size) {
      throw this.#mismatch(`${size} bytes`, `${position} bytes`);
    }
    if (this.#hasher === undefined) {
      this.#size = position;
      this.#digest = digest;
      return;
    }
    const computed: Digest = `sha256:${encodeHex(await this.#hasher.digest())}`;
    // A sha512 digest is left to the registry to check.
    const expected = digest?.startsWith("sha512:") ? computed : digest ?? computed;
    if (expected !== computed) throw this.#mismatch(expected, computed);
    const before = this.#toRepeat?.digest ?? computed;
    if (before !== computed) throw this.#mismatch(`${before} as before`, computed);
    this.#size = position;
    this.#digest = digest ?? computed;
  }

  /** Starts again, for a new reading whose bytes replace those so far. */
  restart(): void {
    if (this.#size !== undefined && this.#digest !== undefined) {
      this.#earlier = { size: this.#size, digest: this.#digest };
    }
    this.#size = this.#digest = undefined;
    this.#hasher = this.#startHash();
    this.#hashed = 0;
  }

  #startHash(): Hasher | undefined {
    const { digest, isChecked = false } = this.#source;
    return isChecked && digest !== undefined ? undefined : this.#createHasher();
  }

  get #toRepeat(): { readonly size: number; readonly digest: Digest } | undefined {
    return this.#source.bytesMayVary === true ? undefined : this.#earlier;
  }

  #mismatch(expected: string, actual: string): DigestMismatchError {
    return new DigestMismatchError(this.#action, { expected, actual });
  }
}
