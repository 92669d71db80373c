/** Archives made by hand, field by field, for what no writer would write. */

import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import { concatBytes } from "../../lib/base/bytes.ts";
import type { TarEntryHeader } from "../../lib/tar/entry.ts";
import { BLOCK_SIZE, FIELD, type FieldName, padded, writeChecksum } from "../../lib/tar/header.ts";
import { formatPax } from "../../lib/tar/pax.ts";
import { TarScanner } from "../../lib/tar/scanner.ts";
import { encodeText } from "../../lib/tar/text.ts";

/** Two blocks of zeros. */
export const END: Bytes = new Uint8Array(2 * BLOCK_SIZE);

/** Raw texts of fields; numbers become octal. */
export type RawFields = Partial<Record<FieldName, string | number>> & {
  /** More bytes, as [offset, text]. */
  readonly at?: readonly (readonly [number, string])[];
};

/** Sets a text of Latin-1 characters. */
function set(block: Bytes, offset: number, text: string): void {
  for (let index = 0; index < text.length; index++) block[offset + index] = text.charCodeAt(index);
}

/** A header block with a right checksum unless one is given. */
export function header(fields: RawFields = {}): Bytes {
  const block = new Uint8Array(BLOCK_SIZE);
  const { at = [], checksum, ...others } = {
    name: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 0,
    mtime: 0,
    typeFlag: "0",
    magic: "ustar\x0000",
    ...fields,
  };
  for (const [name, value] of Object.entries(others)) {
    const [offset, length] = FIELD[name as FieldName];
    const text = typeof value === "number" ? value.toString(8).padStart(length - 1, "0") : value;
    set(block, offset, text);
  }
  for (const [offset, text] of at) set(block, offset, text);
  if (checksum === undefined) writeChecksum(block);
  else set(block, FIELD.checksum[0], String(checksum));
  return block;
}

/** Content and its padding. */
export function content(data: string | Uint8Array): Bytes {
  const bytes = typeof data === "string" ? encodeText(data) : data;
  const blocks = new Uint8Array(padded(bytes.length));
  blocks.set(bytes);
  return blocks;
}

/** A header with content behind it. */
export function member(fields: RawFields, data: string | Uint8Array): Bytes {
  const bytes = typeof data === "string" ? encodeText(data) : data;
  return concatBytes([header({ size: bytes.length, ...fields }), content(bytes)]);
}

/** An extended header. */
export function pax(records: readonly (readonly [string, string])[], typeFlag = "x"): Bytes {
  return member({ name: "pax", typeFlag }, formatPax(records));
}

/** Everything that a scanner says of an archive. */
export function scan(archive: Bytes, chunkSize: number = archive.length): TarEntryHeader[] {
  const entries: TarEntryHeader[] = [];
  const scanner = new TarScanner({ onEntry: (entry) => entries.push(entry) });
  for (let offset = 0; offset < archive.length; offset += chunkSize) {
    scanner.write(archive.subarray(offset, offset + chunkSize));
  }
  scanner.end();
  return entries;
}

/** The one entry of an archive that is completed with its end. */
export function scanOne(...parts: readonly Bytes[]): TarEntryHeader {
  const entries = scan(concatBytes([...parts, END]));
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) throw new Error(`Got ${entries.length} entries`);
  return entry;
}

/** A stream of chunks of one size. */
export async function* chunked(bytes: Bytes, size: number): ByteStream {
  for (let offset = 0; offset < bytes.length; offset += size) {
    yield await Promise.resolve(bytes.subarray(offset, offset + size));
  }
}
