/** Makes sure that bytes are a tar archive while they pass by, and tells what is in it. */

import type { Bytes } from "../base/bytes.ts";
import { TarEditor } from "./editor.ts";
import type { TarEntryHeader } from "./entry.ts";

/** Options of {@linkcode TarScanner}. */
export interface TarScannerOptions {
  /** Called with every entry once its headers are read, before its content. */
  readonly onEntry?: ((entry: TarEntryHeader) => void) | undefined;
  /**
   * Called with the bytes that follow an entry's headers, piece by piece, and the padding behind them; of a sparse file, with what the
   * archive has of it. Good until it returns.
   */
  readonly onContent?: ((piece: Bytes) => void) | undefined;
}

/**
 * Reads an archive that is pushed into it, in chunks of any size. Only headers are looked at; content is skipped without being
 * touched. Holds one block, and one extended header of at most 1 MiB.
 *
 * It accepts what GNU tar would list without an error, less what readers would see differently: so that nobody pushes half an
 * archive, or one that is another in each container engine.
 *
 * @example
 * ```ts
 * import { writeTar } from "./writer.ts";
 *
 * const folder = { type: "directory", size: 0, mode: 0o755, uid: 0, gid: 0, mtime: 0 } as const;
 * const archive = writeTar([{ path: "srv/", ...folder }]);
 * const paths: string[] = [];
 * const scanner = new TarScanner({ onEntry: ({ path }) => paths.push(path) });
 * for await (const chunk of archive) scanner.write(chunk);
 * scanner.end();
 * ```
 */
export class TarScanner {
  readonly #editor: TarEditor;

  constructor({ onEntry, onContent }: TarScannerOptions = {}) {
    this.#editor = new TarEditor({
      onContent,
      onEntry(entry): TarEntryHeader {
        onEntry?.(entry);
        return entry;
      },
    });
  }

  /** Bytes of the archive so far; when an entry is told of, those up to the end of its headers. */
  get position(): number {
    return this.#editor.position;
  }

  /** Entries so far. */
  get entryCount(): number {
    return this.#editor.entryCount;
  }

  /** Whether the end-of-archive marker was read: readers of archives do not look behind it. */
  get hasEnded(): boolean {
    return this.#editor.hasEnded;
  }

  /**
   * Takes the next bytes; keeps nothing of the array.
   *
   * @throws {TarError} as soon as the bytes cannot be an archive any more.
   */
  write(chunk: Bytes): void {
    this.#editor.write(chunk);
  }

  /**
   * Says that there are no more bytes.
   *
   * @throws {TarError} if the archive is empty or cut short.
   */
  end(): void {
    this.#editor.end();
  }
}
