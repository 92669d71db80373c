/** Remembers from run to run what files of a directory hash to, by what the file system says of them. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import { type Channel, createChannel } from "../../base/channel.ts";
import { compareImagePaths } from "../../layer/files/image_path.ts";
import type { CacheStore } from "../../storage/cache_store.ts";
import { getPacked, putPacked } from "../../storage/packed_store.ts";
import { builtin } from "../builtin.ts";
import { type FileLine, FileLineReader, FileLineWriter } from "./file_lines.ts";
import { type FileStamp, isSameStamp } from "./file_status.ts";

/** Raised when the form of what is kept changes. */
const FORMAT = 2;

/**
 * Milliseconds that a change has to be older than what is remembered: a file that is changed in the tick of the clock in which it was read
 * has the time that it had (git, Documentation/technical/racy-git).
 */
const RACY = 2_000;

/** A file that is remembered, with the number of its line. */
export interface KnownFile {
  readonly line: FileLine;
  readonly number: number;
}

/**
 * What is remembered of the files below one source. It is read and written line by line, in the order of `compareImagePaths`: there may be
 * a million of them. Nothing is written as long as all is as it was.
 */
export class FileMemory {
  readonly #store: CacheStore | undefined;
  readonly #name: string;
  #old: FileLineReader | undefined;
  #next: KnownFile | undefined;
  #count = 0;
  /** Lines of the old list that the new one begins with. */
  #kept = 0;
  #writer: FileLineWriter | undefined;
  #written: Channel<Bytes> | undefined;
  #writing: Promise<void> | undefined;

  /** @param source Local path. */
  constructor(store: CacheStore | undefined, source: string) {
    this.#store = store;
    this.#name = `hashes ${FORMAT} ${builtin("node:path").resolve(source)}`;
  }

  /** Begins to read what is remembered; all of it is forgotten where files are to be read in any case. */
  async open(isTrusted: boolean): Promise<void> {
    await this.close();
    this.#next = undefined;
    this.#count = 0;
    this.#kept = 0;
    if (isTrusted) this.#old = await this.#readOld();
  }

  /** What is remembered of a file, if it is as it was; at once where that was read already. */
  find(path: string, stamp: FileStamp): KnownFile | undefined | Promise<KnownFile | undefined> {
    while (true) {
      const known = this.#peek();
      if (known instanceof Promise) return known.then((one) => one && this.find(path, stamp));
      if (known === undefined) return undefined;
      const [name, old, time] = known.line;
      const order = compareImagePaths(name, path);
      if (order > 0) return undefined;
      if (order === 0) return isSameStamp(old, stamp) && old[1] <= time - RACY ? known : undefined;
      this.#next = undefined;
    }
  }

  /** Remembers a file; at once where nothing has to be written for it. */
  add(file: FileLine | KnownFile): undefined | Promise<void> {
    const isKnown = "number" in file;
    if (this.#writer === undefined && isKnown && file.number === this.#kept) {
      this.#kept++;
      return undefined;
    }
    if (this.#store === undefined) return undefined;
    this.#writer ??= this.#startWriting(this.#store);
    const bytes = this.#writer.add(isKnown ? file.line : file);
    return bytes && this.#write(bytes);
  }

  /** Keeps what was added, if there is anything new, or less than there was. */
  async save(): Promise<void> {
    if (this.#writer !== undefined) await this.#write(this.#writer.end());
    this.#written?.close();
    await this.#writing;
    await this.close();
  }

  /** Gives up what was added since it was opened. */
  async close(): Promise<void> {
    this.#written?.close(new Error("Cannot remember files: they were not all read"));
    await this.#writing;
    this.#writer = undefined;
    this.#written = undefined;
    this.#writing = undefined;
    await this.#old?.close();
    this.#old = undefined;
  }

  /** Remembers more files, beside those of before; they come sorted. */
  async merge(files: Iterable<FileLine>): Promise<void> {
    await this.open(true);
    try {
      for (const file of files) {
        const [path, stamp] = file;
        let known = await this.#peek();
        for (; known !== undefined; known = await this.#peek()) {
          if (compareImagePaths(known.line[0], path) >= 0) break;
          this.#next = undefined;
          await this.add(known);
        }
        const old = known?.line[0] === path ? known : undefined;
        if (old !== undefined) this.#next = undefined;
        await this.add(old !== undefined && isSameStamp(old.line[1], stamp) ? old : file);
      }
      // Where nothing was new so far, nothing will be.
      while (this.#writer !== undefined) {
        const known = await this.#peek();
        if (known === undefined) break;
        this.#next = undefined;
        await this.add(known);
      }
      await this.save();
    } finally {
      await this.close();
    }
  }

  /** The next line of the old list. */
  #peek(): KnownFile | undefined | Promise<KnownFile | undefined> {
    if (this.#next !== undefined || this.#old === undefined) return this.#next;
    const take = (line: FileLine | undefined): KnownFile | undefined => {
      if (line !== undefined) this.#next = { line, number: this.#count++ };
      return this.#next;
    };
    const line = this.#old.next();
    // A damaged memory is none, from there on.
    return line instanceof Promise ? line.then(take, () => undefined) : take(line);
  }

  /** Begins a list with those lines of the old one that were added so far. */
  #startWriting(store: CacheStore): FileLineWriter {
    const written = createChannel<Bytes>();
    const kept = this.#kept;
    const readOld = (): Promise<FileLineReader | undefined> => this.#readOld();
    async function* all(): ByteStream {
      const writer = new FileLineWriter();
      const old = kept > 0 ? await readOld() : undefined;
      for (let count = 0; count < kept; count++) {
        const line = await old?.next();
        const bytes = line && writer.add(line);
        if (bytes !== undefined) yield bytes;
      }
      await old?.close();
      yield writer.end();
      yield* written;
    }
    // A cache that keeps nothing may not have read it to the end.
    this.#writing = putPacked(store, this.#name, all()).finally(async () =>
      void await written[Symbol.asyncIterator]().return?.()
    );
    this.#written = written;
    return new FileLineWriter();
  }

  /** Fails never: where the cache could not keep it all, that is lost. */
  async #write(bytes: Bytes): Promise<void> {
    await this.#written?.send(bytes).catch(() => {});
  }

  /** The lines that are kept. */
  async #readOld(): Promise<FileLineReader | undefined> {
    const bytes = this.#store && await getPacked(this.#store, this.#name);
    return bytes && new FileLineReader(bytes);
  }
}
