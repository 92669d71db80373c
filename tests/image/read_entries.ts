/** Reads archives back, for tests. */

import type { Bytes } from "../../lib/base/bytes.ts";
import type { TarEntryHeader } from "../../lib/tar/entry.ts";
import { TarScanner } from "../../lib/tar/scanner.ts";

/** An entry with its content as text. */
export interface ReadEntry extends TarEntryHeader {
  readonly content: string;
}

const BLOCK_SIZE = 512;

/** All entries of an archive. */
export function readEntries(archive: Bytes): ReadEntry[] {
  const headers: { header: TarEntryHeader; offset: number }[] = [];
  let offset = 0;
  const scanner = new TarScanner({ onEntry: (header) => headers.push({ header, offset }) });
  // By blocks, so that the place of each header is known: its content stands right behind it.
  for (; offset < archive.length;) {
    const block = archive.subarray(offset, offset + BLOCK_SIZE);
    offset += BLOCK_SIZE;
    scanner.write(block);
  }
  scanner.end();
  return headers.map(({ header, offset: start }) => ({
    ...header,
    content: new TextDecoder().decode(archive.subarray(start, start + header.size)),
  }));
}
