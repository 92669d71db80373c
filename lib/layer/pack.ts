/** Packs an archive into a layer in one pass: checks, hashes and compresses it. */

import type { ByteStream } from "../base/bytes.ts";
import { countBytes } from "../base/count_bytes.ts";
import { encodeHex } from "../base/hex.ts";
import { skipBytes } from "../base/skip_bytes.ts";
import type { BlobSource } from "../storage/blob_source.ts";
import type { Digest } from "../oci/digest.ts";
import { TarError } from "../tar/tar_error.ts";
import type { Warning } from "../storage/warning.ts";
import { ArchiveChecker, type ArchiveCheckerOptions } from "./check_archive.ts";
import { type Compression, compressionOf, type LayerFormat } from "./compression/codec.ts";
import { EveryParent } from "./base/every_parent.ts";
import { createTableWriter, type TableWriter } from "./table/table_writer.ts";
import { editArchive, type Guard } from "./edit_archive.ts";
import { type ArchiveSurvey, surveyArchive } from "./survey_archive.ts";
import {
  type ArchiveReader,
  decompressArchive,
  drain,
  isReadable,
  owned,
  refuseFormat,
} from "./read_archive.ts";
import { LayerError } from "./layer_error.ts";
import { InputRecord, passThrough } from "./pass_through.ts";
import type { Packed, PackOptions } from "./packing_options.ts";
import { NeedsRepair, Refusal, refuseSetback, RepeatedPath, Setback } from "./refusal.ts";
import { recompressed, type Repair, SKIPPABLE_FRAME } from "./repair.ts";
import { type LayerInput, type OpenableInput, openableInput } from "./layer_input.ts";
import { sniff } from "./compression/sniff.ts";

/** Prepares a layer. Nothing is read before `open`. */
export function packLayer(input: LayerInput, options: PackOptions): PackedLayer {
  return new PackedLayer(openableInput(input), options);
}

/**
 * The bytes of a layer as they go into a repository, packed again at each opening. If the input has changed by then, the stream fails.
 * The stream of an input that is no tar archive fails with a `LayerError` before its end, so that its upload is never completed.
 */
export class PackedLayer implements BlobSource {
  #input: OpenableInput;
  readonly #options: PackOptions;
  readonly #reader: ArchiveReader;
  /** Name of the input in error messages. */
  readonly name: string;
  #packed: Packed | undefined;
  /** DiffId of the first complete reading, which all others have to give too. */
  #firstDiffId: Digest | undefined;
  /** Counts readings: only the last one sets the result. */
  #reading = 0;
  #isKept = false;
  #table: TableWriter | undefined;
  #setback: Setback | undefined;
  /** The first bytes of kept input that can be read only once, to start again for a repair. */
  #record: InputRecord | undefined;
  /** Whether compressed input that could be kept is compressed again, for a repair. */
  #isRepaired = false;
  /** What is known of the whole archive, if a setback made it necessary to read it. */
  #survey: ArchiveSurvey | undefined;

  constructor(input: OpenableInput, options: PackOptions) {
    this.#input = input;
    this.#options = options;
    this.name = input.name ?? options.name ?? "the layer";
    this.#reader = { codec: options.codec, name: this.name };
  }

  get replayable(): boolean {
    return this.#input.replayable;
  }

  /** Digest of the uncompressed archive. Throws before the stream was read to its end. */
  get diffId(): Digest {
    return this.#result.diffId;
  }

  /** Bytes of the uncompressed archive. Throws before the stream was read to its end. */
  get uncompressedSize(): number {
    return this.#result.uncompressedSize;
  }

  /** How the layer is compressed. Throws before the stream was read to its end. */
  get compression(): Compression {
    return this.#result.compression;
  }

  /** Whether compressed input is kept byte for byte, as far as it was read. A compression level is then not used. */
  get isKept(): boolean {
    return this.#isKept;
  }

  /** Annotations for the layer's descriptor, if it has a table of contents. */
  get annotations(): Readonly<Record<string, string>> | undefined {
    return this.#table?.annotations;
  }

  /** The repairs that were made for engines. Throws before the stream was read to its end. */
  get repaired(): readonly Repair[] {
    return this.#result.repaired;
  }

  /**
   * After a failure, prepares to read the layer again from its start, if the failure can be repaired then.
   *
   * @returns false if nothing can be done.
   * @throws {LayerError} if the input turns out not to be an archive.
   */
  async recover(): Promise<boolean> {
    const setback = this.#setback;
    this.#setback = undefined;
    if (setback instanceof NeedsRepair) this.#recompress(setback.repair);
    else if (setback !== undefined) await this.#surveyArchive(setback);
    return setback !== undefined;
  }

  /** Allows the next reading to give another archive. */
  forget(): void {
    this.#firstDiffId = undefined;
  }

  open(start = 0): ByteStream {
    return skipBytes(this.#pack(), start);
  }

  get #result(): Packed {
    if (this.#packed === undefined) {
      throw new TypeError(`Cannot describe ${this.name}: it was not read to its end`);
    }
    return this.#packed;
  }

  async *#pack(): ByteStream {
    this.#packed = undefined;
    const reading = ++this.#reading;
    this.#isKept = false;
    this.#table = undefined;
    const { codec, compression: wanted = "keep", level } = this.#options;
    const { format, source, isSkippable } = await sniff(
      countBytes(
        this.#input.open(this.#options.base),
        (total) => this.#options.onProgress?.(total),
      ),
    );
    try {
      if (!isReadable(format)) throw refuseFormat(this.name, format);
      const compressed = format !== "tar";
      const kept = wanted === "keep" || (wanted === format && level === undefined);
      if (compressed && kept && !this.#isEdited && !this.#isRepaired) {
        if (!isSkippable || this.#mustKeep) {
          this.#isKept = true;
          if (isSkippable) this.#warn(SKIPPABLE_FRAME);
          const original = owned(source);
          const record = this.#input.replayable ? undefined : new InputRecord(original);
          this.#record = record;
          yield* passThrough(record ?? original, (copy) => {
            const tar = decompressArchive(copy, format, this.#reader);
            return drain(this.#measure(tar, { target: format, reading }));
          });
          return;
        }
        this.#warn(recompressed(this.name, { path: "", kind: "zstd-frames" }));
      }
      const target = wanted !== "keep" ? wanted : compressed ? format : "gzip";
      const tar = compressed ? decompressArchive(owned(source), format, this.#reader) : source;
      const repaired: Repair[] = isSkippable && kept ? [{ path: "", kind: "zstd-frames" }] : [];
      const edited = this.#edit(tar, repaired);
      const table = this.#table = createTableWriter(target, this.#options);
      const compression = compressionOf(target);
      const measured = this.#measure(edited, { target, reading, repaired, table });
      if (table !== undefined) yield* table.compress(measured);
      else if (compression === "none") yield* owned(measured);
      else yield* codec.compress(compression, { level })(measured);
    } finally {
      if (this.#record?.isWanted !== true) await source[Symbol.asyncIterator]().return?.();
    }
  }

  get #isEdited(): boolean {
    return this.#input.edit !== undefined || this.#options.alignsCompressed === true;
  }

  /** Whether the caller demands that compressed input is kept, which is otherwise the default. */
  get #mustKeep(): boolean {
    return this.#options.compression === "keep";
  }

  /** Applies the input's own edit to an archive, after repairing its entries one by one. */
  #edit(tar: ByteStream, repaired: Repair[]): ByteStream {
    const { edit } = this.#input;
    if (edit === undefined) return tar;
    return edit(this.#check(owned(tar), { isFirst: true, onWarning: ignore }, repaired));
  }

  /** Checks and repairs an archive before an edit. */
  async *#check(
    tar: ByteStream,
    options: ArchiveCheckerOptions,
    repaired: Repair[],
  ): ByteStream {
    const checker = new ArchiveChecker(options);
    yield* editArchive(tar, checker, this.#guard);
    repaired.push(...checker.repaired);
  }

  /** Checks and repairs an archive as it is written, and computes its size and diffId. */
  async *#measure(
    tar: ByteStream,
    { target, reading, repaired = [], table }: {
      readonly target: LayerFormat;
      readonly reading: number;
      readonly repaired?: Repair[];
      readonly table?: TableWriter | undefined;
    },
  ): ByteStream {
    const aligner = this.#isKept ? undefined : this.#options.aligner;
    const checker = new ArchiveChecker({
      isKept: this.#isKept,
      survey: this.#survey,
      canReread: this.#input.replayable,
      aligner: target === "zstd:chunked" ? new EveryParent(aligner) : aligner,
      onEntry: this.#options.onEntry,
      onWarning: (warning) => this.#warn(warning),
    });
    const hasher = this.#options.createHasher();
    let uncompressedSize = 0;
    const head = table?.head();
    if (head !== undefined) {
      await hasher.update(head);
      await this.#options.onArchive?.(head);
      uncompressedSize += head.length;
      yield head;
    }
    for await (const chunk of editArchive(tar, checker, this.#guard)) {
      const hashing = hasher.update(chunk);
      if (hashing !== undefined) await hashing;
      const observing = this.#options.onArchive?.(chunk);
      if (observing !== undefined) await observing;
      uncompressedSize += chunk.length;
      yield chunk;
    }
    for await (const chunk of await table?.tail() ?? []) {
      await hasher.update(chunk);
      uncompressedSize += chunk.length;
      yield chunk;
    }
    const diffId: Digest = `sha256:${encodeHex(await hasher.digest())}`;
    const expected = this.#firstDiffId ??= diffId;
    if (diffId !== expected) {
      throw this.#error(
        `it is not the same archive when it is read again: expected diffId ${expected}, got ${diffId}`,
      );
    }
    repaired.push(...checker.repaired);
    const packed = { diffId, uncompressedSize, compression: compressionOf(target), repaired };
    if (reading === this.#reading) this.#packed = packed;
  }

  /** Lets compressed input be compressed again from now on. */
  #recompress(repair: Repair): void {
    this.#isRepaired = true;
    this.#warn(recompressed(this.name, repair));
    const record = this.#record;
    this.#record = undefined;
    if (record !== undefined) this.#input = { ...openableInput(record), edit: this.#input.edit };
  }

  /** Reads the whole archive, for what is known only at its end. */
  async #surveyArchive(setback: Setback): Promise<void> {
    if (this.#isKept && setback instanceof RepeatedPath) {
      const { path } = setback;
      this.#isRepaired = true;
      this.#warn(recompressed(this.name, { path, kind: "repeated" }));
    }
    const { format, source } = await sniff(this.#input.open(this.#options.base));
    try {
      if (!isReadable(format)) throw refuseFormat(this.name, format);
      const tar = format === "tar"
        ? source
        : decompressArchive(owned(source), format, this.#reader);
      const { edit } = this.#input;
      const edited = edit?.(this.#check(owned(tar), { isFirst: true, onWarning: ignore }, [])) ??
        tar;
      this.#survey = await surveyArchive(edited, this.#guard);
    } finally {
      await source[Symbol.asyncIterator]().return?.();
    }
  }

  #warn(warning: Warning): void {
    this.#options.onWarning?.(warning);
  }

  /** Adds the layer's name to errors of its archive, and remembers a setback. */
  readonly #guard: Guard = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      if (error instanceof TarError) {
        throw this.#error(`it is not a whole tar archive: ${error.found}`, error);
      }
      if (error instanceof Refusal) throw this.#error(error.message, error);
      if (error instanceof Setback) {
        const reason = refuseSetback(error, {
          mustKeep: this.#mustKeep && this.#isKept,
          isPassed: this.#record?.isWhole === false,
          isOnce: !this.#input.replayable,
          isSecond: this.#survey !== undefined,
        });
        if (reason !== undefined) throw this.#error(reason, error);
        this.#record?.keep();
        this.#setback = error;
      }
      throw error;
    }
  };

  #error(reason: string, cause?: unknown): LayerError {
    return new LayerError(`Cannot use ${this.name}: ${reason}`, { cause });
  }
}

function ignore(): void {}
