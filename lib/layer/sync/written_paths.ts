/** Remembers which paths of a source are to be written, in a few bytes for each. */

import type { PlacedFile } from "../files/merge_sources.ts";
import type { SourceFile } from "../files/source_file.ts";
import { PathTable } from "../path_table.ts";

/** Values of a path: a directory that only others are below, or a path that differs. A larger value is the {@linkcode hashPart} of a file. */
const VALUES = { above: 1, directory: 2, symlink: 3, file: 4 } as const;
const LAST_VALUE = VALUES.file;

/** The first 32 bits of a hash, which are enough to notice that a file has changed since it was compared. */
export function hashPart(hash: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = hash;
  return Math.max(LAST_VALUE + 1, (a << 24 | b << 16 | c << 8 | d) >>> 0);
}

/** The paths of a source that are to be written. */
export class WrittenPaths {
  readonly #table = new PathTable();
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds a path that differs from the base.
   *
   * @param hash Hash of the content, if that was compared.
   * @returns whether it is new.
   */
  add(path: string, type: SourceFile["type"], hash?: Uint8Array): boolean {
    if (this.differs(path)) return false;
    const before = this.#table.set(path, hash === undefined ? VALUES[type] : hashPart(hash));
    if (before === 0) this.#size++;
    return true;
  }

  /** Adds a directory above other paths; returns whether it is new. */
  addDirectory(path: string): boolean {
    if (this.#table.add(path, VALUES.above) !== 0) return false;
    this.#size++;
    return true;
  }

  /** Whether a path is to be written, for itself or for others below it. */
  has(path: string): boolean {
    return this.#table.get(path) !== 0;
  }

  /** Whether a path differs from the base. */
  differs(path: string): boolean {
    return this.#table.get(path) > VALUES.above;
  }

  /** The {@linkcode hashPart} of a file whose content was compared. */
  hashPartOf(path: string): number | undefined {
    const value = this.#table.get(path);
    return value > LAST_VALUE ? value : undefined;
  }

  /**
   * Selects the files of a walk that are to be written.
   *
   * @param name Name of the source.
   * @throws {Error} if one is missing, or has another type than when it was compared.
   */
  *select(files: Iterable<PlacedFile>, name: string): Iterable<PlacedFile> {
    let left = this.#size;
    if (left === 0) return;
    for (const placed of files) {
      const value = this.#table.get(placed.path);
      if (value === 0) continue;
      const { file } = placed;
      if (file.type !== typeOf(value)) throw changed(file.name);
      left--;
      yield placed;
    }
    if (left !== 0) throw changed(name);
  }
}

function typeOf(value: number): SourceFile["type"] {
  if (value === VALUES.symlink) return "symlink";
  return value <= VALUES.directory ? "directory" : "file";
}

function changed(name: string): Error {
  return new Error(`Cannot add "${name}": it changed while it was read`);
}
