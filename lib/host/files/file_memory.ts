/** Remembers from run to run what files of a directory hash to, by what the file system says of them. */

import { type Channel, createChannel } from "../../base/channel.ts";
import { compareImagePaths } from "../../layer/files/image_path.ts";
import type { CacheStore } from "../../storage/cache_store.ts";
import { getLines, putLines } from "../../storage/line_store.ts";
import { builtin } from "../builtin.ts";
import { attempt } from "./local_file.ts";

/** Raised when the form of the lines changes. */
const FORMAT = 1;

/**
 * Milliseconds that a change has to be older than what is remembered: a file that is changed in the tick of the clock in which it was read
 * has the time that it had (git, Documentation/technical/racy-git).
 */
const RACY = 2_000;

/** What a file system says of a file: bytes, milliseconds since 1970, number. */
export type FileStamp = readonly [size: number, mtime: number, ctime: number, inode: number];

/** A file as it was when it was read. */
export type FileLine = readonly [path: string, stamp: FileStamp, time: number, hash: string];

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
  #old: AsyncIterator<FileLine> | undefined;
  #next: KnownFile | undefined;
  #count = 0;
  /** Lines of the old list that the new one begins with. */
  #kept = 0;
  #lines: Channel<FileLine> | undefined;
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
    if (isTrusted) this.#old = this.#readOld()[Symbol.asyncIterator]();
  }

  /** What is remembered of a file, if it is as it was. */
  async find(path: string, stamp: FileStamp): Promise<KnownFile | undefined> {
    while (this.#old !== undefined) {
      const known = this.#next ??= await this.#readNext(this.#old);
      if (known === undefined) return undefined;
      const [name, old, time] = known.line;
      const order = compareImagePaths(name, path);
      if (order > 0) return undefined;
      if (order === 0) {
        return isSameStamp(old, stamp) && old[1] <= time - RACY ? known : undefined;
      }
      this.#next = undefined;
    }
    return undefined;
  }

  /** Remembers a file. */
  async add(file: FileLine | KnownFile): Promise<void> {
    const isKnown = "number" in file;
    if (this.#lines === undefined && isKnown && file.number === this.#kept) {
      this.#kept++;
      return;
    }
    if (this.#store === undefined) return;
    this.#lines ??= this.#startWriting(this.#store);
    // Fails where the cache could not keep it all.
    await this.#lines.send(isKnown ? file.line : file).catch(() => {});
  }

  /** Keeps what was added, if there is anything new. */
  async save(): Promise<void> {
    this.#lines?.close();
    await this.#writing;
    await this.close();
  }

  /** Gives up what was added since it was opened. */
  async close(): Promise<void> {
    this.#lines?.close(new Error("Cannot remember files: they were not all read"));
    await this.#writing;
    this.#lines = undefined;
    this.#writing = undefined;
    await this.#old?.return?.();
    this.#old = undefined;
  }

  /** Remembers more files, beside those of before. */
  async merge(files: Iterable<FileLine>): Promise<void> {
    const added = files[Symbol.iterator]();
    let head = added.next();
    if (this.#store === undefined || head.done) return;
    const old = this.#readOld();
    async function* merged(): AsyncIterable<FileLine> {
      for await (const line of old) {
        for (; !head.done && compareImagePaths(head.value[0], line[0]) < 0; head = added.next()) {
          yield head.value;
        }
        if (!head.done && head.value[0] === line[0]) {
          yield isSameStamp(head.value[1], line[1]) ? line : head.value;
          head = added.next();
        } else yield line;
      }
      for (; !head.done; head = added.next()) yield head.value;
    }
    await putLines(this.#store, this.#name, merged());
  }

  /** Begins a list with those lines of the old one that were added so far. */
  #startWriting(store: CacheStore): Channel<FileLine> {
    const lines = createChannel<FileLine>();
    const [old, kept] = [this.#readOld(), this.#kept];
    async function* all(): AsyncIterable<FileLine> {
      let count = 0;
      if (kept > 0) {
        for await (const line of old) {
          yield line;
          if (++count === kept) break;
        }
      }
      yield* lines;
    }
    // A cache that keeps nothing may not have read it to the end.
    this.#writing = putLines(store, this.#name, all()).finally(async () =>
      void await lines[Symbol.asyncIterator]().return?.()
    );
    return lines;
  }

  async #readNext(old: AsyncIterator<FileLine>): Promise<KnownFile | undefined> {
    const { done, value } = await old.next();
    return done ? undefined : { line: value, number: this.#count++ };
  }

  /** The lines that are kept; up to the first one that is none, as a damaged memory is none. */
  async *#readOld(): AsyncIterable<FileLine> {
    try {
      const lines = this.#store && await getLines(this.#store, this.#name);
      for await (const line of lines ?? []) {
        if (!isLine(line)) return;
        yield line;
      }
    } catch {
      // As above.
    }
  }
}

/** What the file system says of a file now. */
export function fileStamp(path: string, follow: boolean): FileStamp {
  const { lstatSync, statSync } = builtin("node:fs");
  const { size, mtimeMs, ctimeMs, ino } = attempt(
    path,
    () => (follow ? statSync : lstatSync)(path),
  );
  return [size, mtimeMs, ctimeMs, ino];
}

/** Whether a file is as it was, as far as its file system tells. */
export function isSameStamp(one: FileStamp, other: FileStamp): boolean {
  return one.every((value, index) => value === other[index]);
}

function isLine(value: unknown): value is FileLine {
  if (!Array.isArray(value)) return false;
  const [path, stamp, time, hash] = value;
  return typeof path === "string" && typeof hash === "string" && typeof time === "number" &&
    Array.isArray(stamp) && stamp.length === 4;
}
