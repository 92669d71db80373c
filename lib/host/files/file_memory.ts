/** Caches the hashes of a directory's files from run to run, by the stamps of the files. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import { type Channel, createChannel } from "../../base/channel.ts";
import { compareImagePaths } from "../../layer/files/image_path.ts";
import type { CacheStore } from "../../storage/cache_store.ts";
import { getPacked, putPacked } from "../../storage/packed_store.ts";
import { builtin } from "../builtin.ts";
import { type FileLine, FileLineReader, FileLineWriter } from "./file_lines.ts";
import { type FileStamp, isSameStamp } from "./file_status.ts";

/** To be raised when the format of the cache changes. */
const FORMAT = 2;

/**
 * Milliseconds between a file's change and its reading that are needed to trust its stamp: a file that changes again in the same tick of
 * the clock has the same time (git, Documentation/technical/racy-git).
 */
const RACY = 2_000;

/** A cached file, with the number of its line. */
export interface KnownFile {
  readonly line: FileLine;
  readonly number: number;
}

/**
 * The cached hashes of the files below one source. They are read and written line by line, in the order of `compareImagePaths`, since there
 * may be a million. Nothing is written if nothing has changed.
 */
export class FileMemory {
  readonly #store: CacheStore | undefined;
  readonly #name: string;
  #old: FileLineReader | undefined;
  #next: KnownFile | undefined;
  #count = 0;
  /** Number of lines of the old list that the new one begins with. */
  #kept = 0;
  #writer: FileLineWriter | undefined;
  #written: Channel<Bytes> | undefined;
  #writing: Promise<void> | undefined;

  /** @param source Local path of the source. */
  constructor(store: CacheStore | undefined, source: string) {
    this.#store = store;
    this.#name = `hashes ${FORMAT} ${builtin("node:path").resolve(source)}`;
  }

  /** Starts to read the cache, which is ignored if `isTrusted` is false. */
  async open(isTrusted: boolean): Promise<void> {
    await this.close();
    this.#next = undefined;
    this.#count = 0;
    this.#kept = 0;
    if (isTrusted) this.#old = await this.#readOld();
  }

  /** The cached hash of a file, if its stamp is the same. Without a promise if it was read already. */
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

  /** Adds a file. Without a promise if nothing has to be written. */
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

  /** Writes the cache, if anything was added or removed. */
  async save(): Promise<void> {
    if (this.#writer !== undefined) await this.#write(this.#writer.end());
    this.#written?.close();
    await this.#writing;
    await this.close();
  }

  /** Drops everything that was added since `open`. */
  async close(): Promise<void> {
    this.#written?.close(new Error("Cannot remember files: they were not all read"));
    await this.#writing;
    this.#writer = undefined;
    this.#written = undefined;
    this.#writing = undefined;
    await this.#old?.close();
    this.#old = undefined;
  }

  /** Adds files, sorted, to those in the cache. */
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
      // Without anything new so far, the rest of the old list need not be copied.
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
    // A damaged cache ends here.
    return line instanceof Promise ? line.then(take, () => undefined) : take(line);
  }

  /** Starts a new list with the lines of the old one that were kept so far. */
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
    // A store that keeps nothing may not read to the end.
    this.#writing = putPacked(store, this.#name, all()).finally(async () =>
      void await written[Symbol.asyncIterator]().return?.()
    );
    this.#written = written;
    return new FileLineWriter();
  }

  /** Writes bytes. Never fails: without a working store, the hashes are lost. */
  async #write(bytes: Bytes): Promise<void> {
    await this.#written?.send(bytes).catch(() => {});
  }

  /** Opens the cached list. */
  async #readOld(): Promise<FileLineReader | undefined> {
    const bytes = this.#store && await getPacked(this.#store, this.#name);
    return bytes && new FileLineReader(bytes);
  }
}
