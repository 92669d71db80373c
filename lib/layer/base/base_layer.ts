/** One layer of a base, read as far as it is needed. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import { TarScanner } from "../../tar/scanner.ts";
import { TarError } from "../../tar/tar_error.ts";
import type { Codec } from "../compression/codec.ts";
import { sniff } from "../compression/sniff.ts";
import { LayerError } from "../layer_error.ts";
import { LayerListing } from "./layer_listing.ts";

/** Options of {@linkcode BaseLayer}. */
export interface BaseLayerOptions {
  /** How messages call it. */
  readonly name: string;
  /** Compressed, bytes. */
  readonly size: number;
  readonly codec: Codec;
  /** The compressed bytes; the stream throws at its end if they are not those of the layer's digest. */
  readonly open: () => ByteStream;
  /** Told of every chunk of the compressed bytes. */
  readonly onRead?: ((bytes: number) => void) | undefined;
  /** Fills a listing with what was learnt of the layer before. */
  readonly load?: ((listing: LayerListing) => Promise<void>) | undefined;
  /** Keeps what was learnt. */
  readonly save?: ((listing: LayerListing) => Promise<void>) | undefined;
}

/** A layer that stops being read as soon as nothing more is asked of it, and goes on where it stopped. */
export class BaseLayer {
  /** Compressed, bytes. */
  readonly size: number;
  /** What was read of it so far. */
  readonly listing: LayerListing = new LayerListing();
  readonly #options: BaseLayerOptions;
  #chunks: AsyncIterator<Bytes> | undefined;
  #reading: Promise<boolean> | undefined;
  readonly #scanner: TarScanner;
  #isLoaded = false;
  #isClosed = false;

  constructor(options: BaseLayerOptions) {
    this.#options = options;
    this.size = options.size;
    this.#scanner = new TarScanner({ onEntry: (entry) => this.listing.add(entry) });
  }

  /**
   * Reads a little more; those who ask at the same time get the same piece.
   *
   * @returns false if there was no more.
   * @throws {LayerError} if it is not an archive, or cannot be read here.
   */
  readOn(): Promise<boolean> {
    if (this.listing.isComplete || this.#isClosed) return Promise.resolve(false);
    this.#reading ??= this.#readOn().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  /** Reads all of it. */
  async readAll(): Promise<void> {
    while (await this.readOn());
  }

  /** Stops reading for good, and keeps what was read. Safe to call more than once. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#chunks === undefined) return;
    await this.#reading?.catch(() => {});
    await this.#chunks.return?.();
    await this.#options.save?.(this.listing);
  }

  async #readOn(): Promise<boolean> {
    const { name, load } = this.#options;
    if (!this.#isLoaded) {
      this.#isLoaded = true;
      await load?.(this.listing);
      // What is known already may be the answer.
      if (this.listing.isComplete || this.listing.size > 0) return true;
    }
    try {
      this.#chunks ??= this.#open()[Symbol.asyncIterator]();
      const { done, value } = await this.#chunks.next();
      if (done) {
        this.listing.complete();
        return false;
      }
      // What stands behind an archive's end is no part of it for engines: a table of contents, a second archive, zeros.
      if (!this.#scanner.hasEnded) this.#scanner.write(value);
      return true;
    } catch (error) {
      if (this.#scanner.hasEnded && error instanceof TarError) return true;
      if (!(error instanceof TarError)) throw error;
      throw new LayerError(`Cannot read the base's ${name}: ${error.found}`, { cause: error });
    }
  }

  async *#open(): ByteStream {
    const { open, codec, onRead } = this.#options;
    async function* counted(): ByteStream {
      for await (const chunk of open()) {
        onRead?.(chunk.length);
        yield chunk;
      }
    }
    const { format, source } = await sniff(counted());
    const isCompressed = format === "gzip" || format === "zstd";
    yield* isCompressed ? codec.decompress(format)(source) : source;
  }
}
