/** Changes the entries of an archive as it is streamed, and checks that it is valid. */

import type { Bytes } from "../base/bytes.ts";
import { encodeHeaders } from "./encode.ts";
import type { PaxRecord, TarEntryHeader } from "./entry.ts";
import { BLOCK_SIZE, isZeroBlock } from "./header.ts";
import { HeaderReader } from "./header_reader.ts";
import type { SparseMap } from "./sparse.ts";
import { SparseExpander } from "./sparse_expander.ts";
import { TarError } from "./tar_error.ts";

/** Options of {@linkcode TarEditor}. */
export interface TarEditorOptions {
  /**
   * Called with every entry before `onEntry`. If it returns a promise, {@linkcode TarEditor.write} stops there: wait for
   * {@linkcode TarEditor.pending}, and go on with {@linkcode TarEditor.resume}.
   */
  readonly prepare?: ((entry: TarEntryHeader) => Promise<void> | undefined) | undefined;
  /** Called after `onEntry`; returns entries without content to write before that entry. */
  readonly before?: (() => readonly TarEntryHeader[]) | undefined;
  /**
   * Called with every entry once its headers are read, before its content.
   *
   * @param entry The headers.
   * @param sparse The map of a sparse file.
   * @returns the same entry to keep it, another one to write instead, or undefined to leave it out. An entry that replaces a sparse file
   * gets the whole content, and one of size 0 gets none.
   */
  readonly onEntry?:
    | ((entry: TarEntryHeader, sparse: SparseMap | undefined) => TarEntryHeader | undefined)
    | undefined;
  /** Called with the bytes that follow an entry's headers, piece by piece and with their padding; they are valid until it returns. */
  readonly onContent?: ((piece: Bytes) => void) | undefined;
  /** Called with the records of a global extended header; false leaves it out. */
  readonly onGlobals?: ((records: readonly PaxRecord[]) => boolean) | undefined;
}

const NONE: readonly TarEntryHeader[] = [];

/** The most zeros after the end of an archive, bytes. GNU tar writes at most one record; copies of a tape or a disk have more. */
const MOST_PADDING = 1024 * 1024 * 1024;

/** What becomes of an entry's content; undefined leaves it out. */
type Content = "as it is" | SparseExpander | undefined;

/**
 * Takes an archive in chunks of any size, and gives the changed archive. Unchanged bytes are not copied, except headers that span two
 * chunks. Only headers are parsed. It holds one block, and one extended header of at most 1 MiB.
 *
 * It accepts what GNU tar lists without an error, except what readers understand differently: so that nobody pushes half an archive, or
 * one that each container engine unpacks in its own way.
 */
export class TarEditor {
  readonly #options: TarEditorOptions;
  readonly #headers = new HeaderReader();
  readonly #block = new Uint8Array(BLOCK_SIZE);
  /** Bytes of `#block` that are filled. */
  #filled = 0;
  /** Bytes of the archive that were read. */
  #position = 0;
  /** Bytes of content and padding that come before the next header. */
  #skip = 0;
  #content: Content = "as it is";
  /** The entry whose content is being read, and where that starts. */
  #path = "";
  #start = 0;
  /** Where the end-of-archive marker is. */
  #end: number | undefined;
  #entryCount = 0;
  /** Headers from earlier chunks of an entry that was not decided yet. */
  #held: Bytes[] = [];
  #output: Bytes[] = [];
  /** The present chunk, and how much of it was read. */
  #chunk: Bytes = new Uint8Array(0);
  #offset = 0;
  /** Offsets in the chunk: up to the first it was written, up to the second it is kept as it is; then incomplete headers follow. */
  #passed = 0;
  #decided = 0;
  #before: readonly TarEntryHeader[] = NONE;
  #pending: { readonly entry: TarEntryHeader; readonly known: Promise<void> } | undefined;

  constructor(options: TarEditorOptions = {}) {
    this.#options = options;
  }

  /** Whether the end-of-archive marker was read. */
  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Bytes of the archive so far; during `onEntry`, those up to the end of the entry's headers. */
  get position(): number {
    return this.#position;
  }

  /** Entries so far. */
  get entryCount(): number {
    return this.#entryCount;
  }

  /**
   * Takes the next bytes, and copies what it keeps of them.
   *
   * @returns the changed bytes, in part views of the same array.
   * @throws {TarError} if the bytes are not those of an archive.
   */
  write(chunk: Bytes): readonly Bytes[] {
    this.#chunk = chunk;
    this.#offset = 0;
    this.#passed = 0;
    this.#decided = 0;
    this.#output = [];
    return this.#run();
  }

  /** The promise of `prepare` that has stopped {@linkcode write} or {@linkcode resume}; undefined if there is none. */
  get pending(): Promise<void> | undefined {
    return this.#pending?.known;
  }

  /** Goes on after a stop, once {@linkcode pending} has settled; returns the changed bytes as {@linkcode write} does. */
  resume(): readonly Bytes[] {
    const entry = this.#pending?.entry;
    this.#pending = undefined;
    this.#output = [];
    if (entry !== undefined) this.#settle(this.#decide(entry));
    return this.#run();
  }

  #run(): readonly Bytes[] {
    const chunk = this.#chunk;
    while (this.#offset < chunk.length) {
      const available = chunk.length - this.#offset;
      if (this.#end !== undefined) {
        this.#checkPadding(chunk, this.#offset);
        this.#offset = chunk.length;
        this.#decided = this.#offset;
      } else if (this.#skip > 0) {
        const size = Math.min(this.#skip, available);
        this.#options.onContent?.(chunk.subarray(this.#offset, this.#offset + size));
        if (this.#content !== "as it is") {
          this.#pass(this.#offset);
          this.#passed = this.#offset + size;
          this.#content?.push(chunk.subarray(this.#offset, this.#passed), this.#output);
        }
        this.#skip -= size;
        this.#position += size;
        this.#offset += size;
        this.#decided = this.#offset;
        if (this.#skip === 0 && this.#content instanceof SparseExpander) {
          this.#content.end(this.#output);
        }
      } else {
        const isWhole = this.#filled === 0 && available >= BLOCK_SIZE;
        const size = isWhole ? BLOCK_SIZE : Math.min(BLOCK_SIZE - this.#filled, available);
        const piece = chunk.subarray(this.#offset, this.#offset + size);
        this.#offset += size;
        if (!isWhole) {
          this.#block.set(piece, this.#filled);
          this.#filled = (this.#filled + size) % BLOCK_SIZE;
          if (this.#filled > 0) break;
        }
        const kept = this.#take(isWhole ? piece : this.#block);
        if (this.#pending !== undefined) return this.#output;
        if (kept !== undefined) this.#settle(kept);
      }
    }
    this.#pass(this.#decided);
    if (this.#decided < chunk.length) this.#held.push(chunk.slice(this.#decided));
    return this.#output;
  }

  /** Writes the chunk up to an offset. */
  #pass(end: number): void {
    const start = this.#passed;
    if (end <= start) return;
    const chunk = this.#chunk;
    this.#output.push(end - start === chunk.length ? chunk : chunk.subarray(start, end));
    this.#passed = end;
  }

  /** Writes, replaces or leaves out the headers that end at the offset. */
  #settle(kept: boolean | TarEntryHeader): void {
    if (this.#before.length > 0) {
      this.#pass(this.#decided);
      for (const entry of this.#before) this.#output.push(encodeHeaders(entry));
      this.#before = NONE;
    }
    if (kept === true) {
      if (this.#held.length > 0) this.#output.push(...this.#held);
    } else {
      this.#pass(this.#decided);
      this.#passed = this.#offset;
      if (kept !== false) this.#output.push(encodeHeaders(kept));
      if (this.#skip === 0 && this.#content instanceof SparseExpander) {
        this.#content.end(this.#output);
      }
    }
    if (this.#held.length > 0) this.#held = [];
    this.#decided = this.#offset;
  }

  /**
   * Says that there are no more bytes.
   *
   * @throws {TarError} if the archive is empty or cut short.
   */
  end(): void {
    const position = this.#position + this.#filled;
    if (position === 0) throw new TarError("there is nothing, not even an end of archive,", 0);
    if (this.#skip > 0) {
      throw new TarError(
        `it is cut short in the content of ${
          JSON.stringify(this.#path)
        }, which starts at byte ${this.#start},`,
        position,
      );
    }
    if (this.#filled > 0 || this.#position % BLOCK_SIZE !== 0) {
      throw new TarError(
        position < BLOCK_SIZE
          ? `it is cut short, or something else: a first header alone has ${BLOCK_SIZE} bytes, and this ends`
          : "it is cut short in the middle of a block",
        position,
      );
    }
    if (this.#headers.pending) {
      throw new TarError("it is cut short in the headers of an entry", position);
    }
    if (this.#entryCount === 0) throw new TarError("it ends without any entry", position);
    // GNU tar accepts this, but it is also what a tar that was killed between two files leaves in a pipe.
    if (this.#end === undefined) {
      throw new TarError("it is cut short: there is no end-of-archive marker", position);
    }
  }

  /** Takes a block of headers. Returns whether they are kept, or the entry to write instead; undefined if more blocks are needed. */
  #take(block: Uint8Array): boolean | TarEntryHeader | undefined {
    const headers = this.#headers;
    if (!headers.pending && isZeroBlock(block)) {
      this.#end = this.#position;
      this.#position += BLOCK_SIZE;
      return true;
    }
    const entry = headers.push(block, this.#position);
    this.#position += BLOCK_SIZE;
    if (entry !== undefined) {
      const known = this.#options.prepare?.(entry);
      if (known === undefined) return this.#decide(entry);
      this.#pending = { entry, known };
      return undefined;
    }
    if (headers.pending) return undefined;
    return this.#options.onGlobals?.(headers.globals ?? []) ?? true;
  }

  #decide(entry: TarEntryHeader): boolean | TarEntryHeader {
    const { remaining, sparse } = this.#headers;
    const { onEntry } = this.#options;
    this.#entryCount++;
    this.#skip = remaining;
    this.#path = entry.path;
    this.#start = this.#position;
    const changed = onEntry === undefined ? entry : onEntry(entry, sparse);
    this.#content = changed === undefined || changed.size === 0 && remaining > 0
      ? undefined
      : changed === entry || sparse === undefined
      ? "as it is"
      : new SparseExpander(sparse);
    this.#before = this.#options.before?.() ?? NONE;
    if (changed === entry) return true;
    return changed ?? false;
  }

  /** Checks that only zeros follow the end, with which tar fills its last record. */
  #checkPadding(chunk: Bytes, offset: number): void {
    for (let index = offset; index < chunk.length; index++) {
      if (chunk[index] === 0) continue;
      throw new TarError(
        `there is more data behind the archive's end (which is at byte ${this.#end}),`,
        this.#position + index - offset,
      );
    }
    this.#position += chunk.length - offset;
    const end = this.#end ?? this.#position;
    if (this.#position - end <= MOST_PADDING) return;
    throw new TarError(
      `there are more than ${MOST_PADDING} bytes of zeros behind the archive's end (which is at byte ${end}),`,
      this.#position,
    );
  }
}
