/** Checks a tar archive as it is streamed, and reports its entries. */

import type { Bytes } from "../base/bytes.ts";
import { TarEditor } from "./editor.ts";
import type { TarEntryHeader } from "./entry.ts";

/** Options of {@linkcode TarScanner}. */
export interface TarScannerOptions {
  /** Called with every entry once its headers are read, before its content. */
  readonly onEntry?: ((entry: TarEntryHeader) => void) | undefined;
  /**
   * Called with the bytes that follow an entry's headers, piece by piece and with their padding; for a sparse file, with the stored bytes.
   * They are valid until it returns.
   */
  readonly onContent?: ((piece: Bytes) => void) | undefined;
}

/**
 * Takes an archive in chunks of any size. Only headers are parsed. It holds one block, and one extended header of at most 1 MiB.
 *
 * It accepts what GNU tar lists without an error, except what readers understand differently: so that nobody pushes half an archive, or
 * one that each container engine unpacks in its own way.
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

  /** Bytes of the archive so far; during `onEntry`, those up to the end of the entry's headers. */
  get position(): number {
    return this.#editor.position;
  }

  /** Entries so far. */
  get entryCount(): number {
    return this.#editor.entryCount;
  }

  /** Whether the end-of-archive marker was read. */
  get hasEnded(): boolean {
    return this.#editor.hasEnded;
  }

  /**
   * Takes the next bytes, and copies what it keeps of them.
   *
   * @throws {TarError} if the bytes are not those of an archive.
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
