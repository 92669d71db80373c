/** Remembers which files of a source are to be written, in some bytes for each. */

import type { PlacedFile } from "../files/merge_sources.ts";
import type { SourceFile } from "../files/source_file.ts";
import { PathTable } from "../path_table.ts";

/** What is said of a path; above those, it is a file with a part of its hash. */
const SAID = { above: 1, directory: 2, symlink: 3, file: 4 } as const;
const HIGHEST = SAID.file;

/** The first 32 bits of a hash, which stand for it where it only has to be seen that a file was not changed meanwhile. */
export function hashPart(hash: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = hash;
  return Math.max(HIGHEST + 1, (a << 24 | b << 16 | c << 8 | d) >>> 0);
}

/** Paths of files of a source. */
export class WrittenPaths {
  readonly #table = new PathTable();
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes a path that differs from the base.
   *
   * @param hash Of the content, if that was compared.
   * @returns whether it is new.
   */
  add(path: string, type: SourceFile["type"], hash?: Uint8Array): boolean {
    if (this.differs(path)) return false;
    const before = this.#table.set(path, hash === undefined ? SAID[type] : hashPart(hash));
    if (before === 0) this.#size++;
    return true;
  }

  /** Takes a directory that others lie below, unless it is there; returns whether it is new. */
  addDirectory(path: string): boolean {
    if (this.#table.add(path, SAID.above) !== 0) return false;
    this.#size++;
    return true;
  }

  /** Whether a path is to be written, or lies above others that are. */
  has(path: string): boolean {
    return this.#table.get(path) !== 0;
  }

  /** Whether a path differs from the base, and is not only above others. */
  differs(path: string): boolean {
    return this.#table.get(path) > SAID.above;
  }

  /** The part of its hash that a file has to have whose content was compared. */
  hashPartOf(path: string): number | undefined {
    const said = this.#table.get(path);
    return said > HIGHEST ? said : undefined;
  }

  /**
   * The files that are to be written, of a walk.
   *
   * @param name Of the source.
   * @throws {Error} if they are not those that were compared.
   */
  *select(files: Iterable<PlacedFile>, name: string): Iterable<PlacedFile> {
    let left = this.#size;
    if (left === 0) return;
    for (const placed of files) {
      const said = this.#table.get(placed.path);
      if (said === 0) continue;
      const { file } = placed;
      if (file.type !== typeOf(said)) throw changed(file.name);
      left--;
      yield placed;
    }
    if (left !== 0) throw changed(name);
  }
}

function typeOf(said: number): SourceFile["type"] {
  if (said === SAID.symlink) return "symlink";
  return said <= SAID.directory ? "directory" : "file";
}

function changed(name: string): Error {
  return new Error(`Cannot add "${name}": it changed while it was read`);
}
