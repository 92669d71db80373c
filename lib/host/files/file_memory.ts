/** Remembers from run to run what files of a directory hash to, by what the file system says of them. */

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
type Line = readonly [path: string, stamp: FileStamp, time: number, hash: string];

/** What is remembered of the files below one source. */
export class FileMemory {
  readonly #store: CacheStore | undefined;
  readonly #name: string;
  #old: AsyncIterator<unknown> | undefined;
  #next: Line | undefined;
  readonly #lines = new Map<string, Line>();
  #isNew = false;

  /** @param source Local path. */
  constructor(store: CacheStore | undefined, source: string) {
    this.#store = store;
    this.#name = `hashes ${FORMAT} ${builtin("node:path").resolve(source)}`;
  }

  /** Begins to read what is remembered; all of it is forgotten where files are to be read in any case. */
  async open(isTrusted: boolean): Promise<void> {
    this.#lines.clear();
    this.#isNew = !isTrusted;
    this.#next = undefined;
    const lines = isTrusted && this.#store && await getLines(this.#store, this.#name);
    this.#old = lines ? lines[Symbol.asyncIterator]() : undefined;
  }

  /** The hash of a file, if it is as it was. Files have to be asked for in the order of `compareImagePaths`. */
  async find(path: string, stamp: FileStamp): Promise<string | undefined> {
    while (this.#old !== undefined) {
      const line = this.#next ??= await this.#read();
      const order = line === undefined ? 1 : compareImagePaths(line[0], path);
      if (order > 0) break;
      this.#next = undefined;
      if (order < 0 || line === undefined) continue;
      const [, old, time, hash] = line;
      const [, mtime] = old;
      if (!isSameStamp(old, stamp) || mtime > time - RACY) break;
      this.#lines.set(path, line);
      return hash;
    }
    this.#isNew = true;
    return undefined;
  }

  /** Remembers a file. */
  add(path: string, stamp: FileStamp, time: number, hash: string): void {
    if (this.#lines.has(path)) return;
    this.#lines.set(path, [path, stamp, time, hash]);
    this.#isNew = true;
  }

  /** Whether a file is remembered already. */
  has(path: string): boolean {
    return this.#lines.has(path);
  }

  /** Keeps it, if there is anything new. */
  async save(): Promise<void> {
    if (this.#store === undefined || !this.#isNew) return;
    this.#isNew = false;
    const sorted = [...this.#lines.values()].sort((a, b) => compareImagePaths(a[0], b[0]));
    await putLines(this.#store, this.#name, sorted);
  }

  async #read(): Promise<Line | undefined> {
    try {
      const { done, value } = await this.#old?.next() ?? { done: true };
      if (!done && isLine(value)) return value;
    } catch {
      // A damaged memory is none.
    }
    this.#old = undefined;
    return undefined;
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

function isLine(value: unknown): value is Line {
  if (!Array.isArray(value)) return false;
  const [path, stamp, time, hash] = value;
  return typeof path === "string" && typeof hash === "string" && typeof time === "number" &&
    Array.isArray(stamp) && stamp.length === 4;
}
