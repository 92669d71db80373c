/** Cuts an archive into the parts of a layer with a table of contents: pieces of contents, and the headers between them. */

import { type Bytes, concatBytes } from "../../base/bytes.ts";
import { Crc64 } from "../../base/hash/crc64.ts";
import type { CreateHasher, Hasher } from "../../base/hash/hasher.ts";
import { encodeHex } from "../../base/hex.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";
import { TarScanner } from "../../tar/scanner.ts";

/** A part of an archive that is compressed by itself. */
export interface Part {
  readonly bytes: Bytes;
  /** The file whose content it is of; undefined for headers and padding. */
  readonly file?: FileParts;
}

/** One piece of a file's content. */
export interface FileChunk {
  /** Bytes from the start of the content. */
  readonly start: number;
  readonly size: number;
  /** `sha256:…` of the piece. */
  readonly digest: string;
  /** Where it begins and ends in the layer, once that is known. */
  offset: number;
  end: number;
}

/** An entry, and what is known of its content when all of it went by. */
export interface FileParts {
  readonly header: TarEntryHeader;
  readonly chunks: FileChunk[];
  /** `sha256:…` of the content; undefined if there is none, or it was not read to its end. */
  digest: string | undefined;
}

/** Told of the parts of an archive in order, to record how it can be rebuilt. */
export interface CutterListener {
  /** Called with headers and padding. */
  onHeaders(bytes: Bytes): void;
  /** Called at the end of a file's content, or for an entry without content. */
  onFile(header: TarEntryHeader, checksum: Bytes | undefined): void;
}

/** A position in the present chunk: the end of an entry's headers, or a piece of content. */
type Mark =
  | { readonly kind: "entry"; readonly at: number; readonly file: FileParts }
  | { readonly kind: "content"; readonly at: number; readonly size: number };

/** Cuts an archive that is pushed into it. */
export class LayerCutter {
  /** Entries that were not taken yet, in the order of the archive. */
  #entries: FileParts[] = [];
  readonly #partSize: number;
  readonly #createHasher: CreateHasher;
  readonly #listener: CutterListener | undefined;
  readonly #scanner: TarScanner;
  #marks: Mark[] = [];
  /** Bytes of the archive before the present chunk. */
  #before = 0;
  /** Headers and padding that are in no part yet. */
  #headers: Bytes[] = [];
  #headerSize = 0;
  /** Headers of the next entry, and the padding before them. */
  #segment: Bytes[] = [];
  /** The file whose content is being read, and its bytes that are still to come. */
  #file: FileParts | undefined;
  #left = 0;
  #hasher: Hasher | undefined;
  #checksum: Crc64 | undefined;
  #content: Bytes[] = [];
  #contentSize = 0;

  constructor(
    { partSize, createHasher, listener }: {
      /** The most bytes of a part. */
      readonly partSize: number;
      readonly createHasher: CreateHasher;
      readonly listener?: CutterListener | undefined;
    },
  ) {
    this.#partSize = partSize;
    this.#createHasher = createHasher;
    this.#listener = listener;
    this.#scanner = new TarScanner({
      onEntry: (header) => {
        const file: FileParts = { header, chunks: [], digest: undefined };
        this.#entries.push(file);
        this.#marks.push({ kind: "entry", at: this.#scanner.position - this.#before, file });
      },
      onContent: (piece) => {
        const { position } = this.#scanner;
        this.#marks.push({ kind: "content", at: position - this.#before, size: piece.length });
      },
    });
  }

  /** Whether the end-of-archive marker was read. */
  get hasEnded(): boolean {
    return this.#scanner.hasEnded;
  }

  /** Takes the next entries, as long as the positions of their contents in the layer are known. */
  takeEntries(): readonly FileParts[] {
    const end = this.#entries.findIndex((file) => !isPlaced(file));
    return this.#entries.splice(0, end < 0 ? this.#entries.length : end);
  }

  /** Takes a chunk, and gives the parts that are complete. The memory of the chunk may be used again at the end. */
  async *add(chunk: Bytes): AsyncGenerator<Part, void> {
    this.#marks = [];
    this.#scanner.write(chunk);
    this.#before += chunk.length;
    let at = 0;
    for (const mark of this.#marks) {
      if (mark.kind === "entry") {
        yield* this.#addHeaders(chunk.subarray(at, mark.at));
        at = mark.at;
        this.#start(mark.file);
        continue;
      }
      yield* this.#addHeaders(chunk.subarray(at, mark.at));
      const piece = chunk.subarray(mark.at, mark.at + mark.size);
      const own = piece.subarray(0, this.#left);
      yield* this.#addContent(own);
      yield* this.#addHeaders(piece.subarray(own.length));
      at = mark.at + mark.size;
    }
    yield* this.#addHeaders(chunk.subarray(at));
  }

  /** Gives the last parts. */
  *end(): Iterable<Part> {
    this.#endSegment();
    while (this.#headerSize > 0) yield this.#takeHeaders();
  }

  #endSegment(): void {
    if (this.#listener !== undefined && this.#segment.length > 0) {
      this.#listener.onHeaders(concatBytes(this.#segment));
    }
    this.#segment = [];
  }

  #start(file: FileParts): void {
    this.#endSegment();
    if (!hasContent(file.header)) {
      this.#listener?.onFile(file.header, undefined);
      return;
    }
    this.#file = file;
    this.#left = file.header.size;
    this.#hasher = this.#createHasher();
    this.#checksum = this.#listener === undefined ? undefined : new Crc64();
  }

  *#addHeaders(bytes: Bytes): Iterable<Part> {
    if (bytes.length === 0) return;
    const own = bytes.slice();
    if (this.#listener !== undefined) this.#segment.push(own);
    this.#headers.push(own);
    this.#headerSize += own.length;
    while (this.#headerSize >= this.#partSize) yield this.#takeHeaders();
  }

  #takeHeaders(): Part {
    const all = concatBytes(this.#headers);
    const bytes = all.subarray(0, this.#partSize);
    const rest = all.subarray(bytes.length);
    this.#headers = rest.length === 0 ? [] : [rest];
    this.#headerSize = rest.length;
    return { bytes };
  }

  async *#addContent(bytes: Bytes): AsyncGenerator<Part, void> {
    const file = this.#file;
    if (bytes.length === 0 || file === undefined) return;
    while (this.#headerSize > 0) yield this.#takeHeaders();
    this.#left -= bytes.length;
    await this.#hasher?.update(bytes);
    this.#checksum?.update(bytes);
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.slice(at, at + this.#partSize - this.#contentSize);
      this.#content.push(piece);
      this.#contentSize += piece.length;
      at += piece.length;
      const isLast = this.#left === 0 && at === bytes.length;
      if (this.#contentSize === this.#partSize || isLast) yield await this.#takeContent(file);
    }
    if (this.#left > 0) return;
    const digest = await this.#hasher?.digest();
    file.digest = `sha256:${encodeHex(digest ?? new Uint8Array(32))}`;
    this.#listener?.onFile(file.header, this.#checksum?.digest());
  }

  async #takeContent(file: FileParts): Promise<Part> {
    const bytes = concatBytes(this.#content);
    this.#content = [];
    this.#contentSize = 0;
    const hasher = this.#createHasher();
    await hasher.update(bytes);
    const start = file.chunks.reduce((sum, { size }) => sum + size, 0);
    const digest = `sha256:${encodeHex(await hasher.digest())}`;
    file.chunks.push({ start, size: bytes.length, digest, offset: 0, end: 0 });
    return { bytes, file };
  }
}

/** Whether the table has chunks for an entry: only plain files have. */
function hasContent({ type, size, typeFlag = "0" }: TarEntryHeader): boolean {
  return type === "file" && size > 0 && typeFlag === "0";
}

function isPlaced({ header, chunks, digest }: FileParts): boolean {
  return !hasContent(header) || digest !== undefined && (chunks.at(-1)?.end ?? 0) > 0;
}
