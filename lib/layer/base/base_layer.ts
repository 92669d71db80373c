/** One layer of a base, read only as far as it is needed. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import { countBytes } from "../../base/count_bytes.ts";
import type { CreateHasher } from "../../base/hash/hasher.ts";
import { TarScanner } from "../../tar/scanner.ts";
import { TarError } from "../../tar/tar_error.ts";
import type { Codec } from "../compression/codec.ts";
import { sniff } from "../compression/sniff.ts";
import { unpack } from "../compression/unpack.ts";
import { LayerError } from "../layer_error.ts";
import { ContentReader } from "./content_reader.ts";
import { LayerListing } from "./layer_listing.ts";
import { LayerScanner } from "./layer_scanner.ts";
import type { PathBudget } from "./path_budget.ts";

/** Options of {@linkcode BaseLayer}. */
export interface BaseLayerOptions {
  /** What messages call it. */
  readonly name: string;
  /** Compressed, bytes. */
  readonly size: number;
  readonly codec: Codec;
  /** The compressed bytes; the stream throws at its end if they are not those of the layer's digest. */
  readonly open: () => ByteStream;
  /** Told of every chunk of the compressed bytes. */
  readonly onRead?: ((bytes: number) => void) | undefined;
  /** Told of every chunk of the decompressed archive. */
  readonly onUnpacked?: ((bytes: number) => void) | undefined;
  /**
   * Limits the paths of all layers together.
   *
   * @default the layer's own
   */
  readonly paths?: PathBudget | undefined;
  /** Fills a listing with what an earlier run has read of the layer. */
  readonly load?: ((listing: LayerListing) => Promise<void>) | undefined;
  /** Hashes the contents of files. */
  readonly createHasher: CreateHasher;
  /** Fills a listing, with the hashes of contents, from the layer's table of contents; false if it has none. */
  readonly readTable?: ((listing: LayerListing) => Promise<boolean>) | undefined;
  /** Keeps what was read for later runs; `from` tells whether from the layer itself or from its table. */
  readonly save?: ((listing: LayerListing, from: "table" | "layer") => Promise<void>) | undefined;
}

/** Where a listing comes from: an earlier run, the layer's table of contents, or the layer itself. */
export type LayerKnowledge = "cache" | "table" | "layer";

/** A layer whose reading stops as soon as a question is answered, and goes on there for the next question. */
export class BaseLayer {
  /** What messages call it. */
  readonly name: string;
  /** Compressed, bytes. */
  readonly size: number;
  /** What was read of it so far. */
  readonly listing: LayerListing;
  readonly #options: BaseLayerOptions;
  #chunks: AsyncIterator<Bytes> | undefined;
  #reading: Promise<boolean> | undefined;
  #scanner: TarScanner | LayerScanner;
  #loading: Promise<void> | undefined;
  #isClosed = false;
  #isDetailed = false;
  #knownFrom: LayerKnowledge | undefined;
  #hasNoTable = false;
  #isTableNew = false;

  constructor(options: BaseLayerOptions) {
    this.#options = options;
    this.name = options.name;
    this.size = options.size;
    this.listing = new LayerListing(options.paths);
    this.#scanner = new TarScanner({ onEntry: (entry) => void this.listing.add(entry) });
  }

  /** Where its listing comes from; undefined before anything was read. */
  get knownFrom(): LayerKnowledge | undefined {
    return this.#knownFrom;
  }

  /**
   * Hashes the contents of files from now on. A listing without hashes that is complete is kept.
   */
  async wantDetails(): Promise<void> {
    if (this.#isDetailed) return;
    await this.#reading?.catch(() => {});
    this.#isDetailed = true;
    // A reading that was begun without hashes is started again.
    if (this.#chunks !== undefined && !this.listing.isComplete) await this.#startOver();
  }

  /** Reads all of the layer with the hashes of contents, again if it was read without them. */
  async readDetails(): Promise<void> {
    await this.wantDetails();
    if (this.listing.isComplete && !this.listing.isDetailed) await this.#startOver();
    await this.readAll();
  }

  async #startOver(): Promise<void> {
    await this.#chunks?.return?.();
    this.#chunks = undefined;
    this.listing.clear();
    this.#scanner = new LayerScanner(this.listing, this.#options.createHasher);
  }

  /** Loads what an earlier run has read of the layer. */
  load(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /**
   * Reads one more chunk. Calls at the same time share one reading.
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

  /**
   * Reads the content of a plain file. The layer is read again up to that file, since no contents are kept.
   *
   * @param path Without symbolic links.
   * @param goesOn Asked after each chunk whether to go on.
   * @returns undefined if `goesOn` said no.
   * @throws {LayerError} if the layer has no such file, it is too large, or the layer is not an archive.
   */
  async readFile(
    path: string,
    { goesOn }: { readonly goesOn: () => boolean },
  ): Promise<Bytes | undefined> {
    const reader = new ContentReader(path);
    try {
      for await (const chunk of this.#open(() => false)) {
        reader.write(chunk);
        if (reader.content !== undefined || !goesOn()) break;
      }
    } catch (error) {
      throw error instanceof TarError ? this.#refuse(error) : error;
    }
    return reader.content;
  }

  /** Stops reading for good, and keeps what was read for later runs. Safe to call more than once. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#chunks === undefined) {
      if (this.#isTableNew) await this.#options.save?.(this.listing, "table");
      return;
    }
    await this.#reading?.catch(() => {});
    await this.#chunks.return?.();
    await this.#options.save?.(this.listing, "layer");
  }

  async #load(): Promise<void> {
    await this.#options.load?.(this.listing);
    if (this.listing.isComplete || this.listing.size > 0) this.#knownFrom = "cache";
  }

  async #readOn(): Promise<boolean> {
    await this.load();
    if (this.listing.isComplete) return true;
    if (this.#chunks === undefined && await this.#readTable()) return true;
    this.#knownFrom = "layer";
    try {
      if (this.#chunks === undefined) {
        if (this.#isDetailed) await this.#startOver();
        this.#chunks = this.#open(() => this.#scanner.hasEnded)[Symbol.asyncIterator]();
      }
      const { done, value } = await this.#chunks.next();
      if (done) {
        this.listing.complete(this.#isDetailed);
        return false;
      }
      // Engines ignore what follows the end of the archive: a table of contents, a second archive, zeros.
      if (!this.#scanner.hasEnded) await this.#scanner.write(value);
      return true;
    } catch (error) {
      if (this.#scanner.hasEnded && error instanceof TarError) return true;
      throw error instanceof TarError ? this.#refuse(error) : error;
    }
  }

  #refuse(error: TarError): LayerError {
    const { name } = this.#options;
    return new LayerError(`Cannot read the base's ${name}: ${error.found}`, { cause: error });
  }

  async #readTable(): Promise<boolean> {
    const { readTable } = this.#options;
    if (readTable === undefined || this.#hasNoTable) return false;
    const table = new LayerListing();
    if (!await readTable(table)) {
      this.#hasNoTable = true;
      return false;
    }
    this.listing.takeFrom(table);
    this.#knownFrom = "table";
    this.#isTableNew = true;
    return true;
  }

  /**
   * The bytes of the archive. After its end nothing is decompressed any more; the rest of the layer is read only so that its digest is
   * verified, and gives empty chunks.
   */
  async *#open(hasEnded: () => boolean): ByteStream {
    const { open, codec, name, onRead, onUnpacked } = this.#options;
    const packed = countBytes(open(), (_, { length }) => onRead?.(length))[Symbol.asyncIterator]();
    // Without `return`: the decompressor may stop early, and the rest is still to be read.
    const shared: ByteStream = { [Symbol.asyncIterator]: () => ({ next: () => packed.next() }) };
    try {
      const { format, source } = await sniff(shared);
      const isPacked = format === "gzip" || format === "zstd";
      const what = `the base's ${name}`;
      const archive = isPacked ? unpack(source, format, { codec, what, onUnpacked }) : source;
      for await (const chunk of archive) {
        yield chunk;
        if (hasEnded()) break;
      }
      while (!(await packed.next()).done) yield new Uint8Array(0);
    } finally {
      await packed.return?.();
    }
  }
}
