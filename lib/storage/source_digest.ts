/** Size and digest of a source, computed as it is read, and held against what is known of it. */

import type { Bytes } from "../base/bytes.ts";
import type { CreateHasher, Hasher } from "../base/hash/hasher.ts";
import { encodeHex } from "../base/hex.ts";
import type { Digest } from "../oci/digest.ts";
import type { BlobSource } from "./blob_source.ts";
import { DigestMismatchError } from "./digest_mismatch_error.ts";

/** Takes each byte once, however often parts of the source are read. */
export class SourceDigest {
  readonly #source: BlobSource;
  readonly #action: string;
  readonly #createHasher: CreateHasher;
  /** None for what is checked already: for a large blob that is copied, hashing is half of the work. */
  #hasher: Hasher | undefined;
  /** Bytes that the hasher has taken. */
  #hashed = 0;
  #size: number | undefined;
  #digest: Digest | undefined;
  /** Of an earlier reading that came to its end. */
  #earlier: { readonly size: number; readonly digest: Digest } | undefined;

  /** @param action How messages begin. */
  constructor(source: BlobSource, action: string, createHasher: CreateHasher) {
    this.#source = source;
    this.#action = action;
    this.#createHasher = createHasher;
    this.#hasher = this.#startHash();
  }

  /** Bytes of the whole, once the end was read. */
  get size(): number | undefined {
    return this.#size;
  }

  /** The digest of the whole, once the end was read. */
  get digest(): Digest | undefined {
    return this.#digest;
  }

  /**
   * Takes a chunk.
   *
   * @param start The offset of its first byte.
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
   * @param position The bytes that there were.
   * @throws {DigestMismatchError} if they are not those that were promised, or not those of an earlier reading.
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
    // Of a sha512 digest only the registry can say whether it is right.
    const expected = digest?.startsWith("sha512:") ? computed : digest ?? computed;
    if (expected !== computed) throw this.#mismatch(expected, computed);
    const before = this.#toRepeat?.digest ?? computed;
    if (before !== computed) throw this.#mismatch(`${before} as before`, computed);
    this.#size = position;
    this.#digest = digest ?? computed;
  }

  /** Begins anew, for a reading whose bytes count in the place of those so far. */
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
