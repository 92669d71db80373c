/** Extended headers of POSIX.1-2001: records of "LENGTH KEYWORD=VALUE\n" that override fields of the next header. */

import { type Bytes, concatBytes } from "../base/bytes.ts";
import { printable } from "../base/printable.ts";
import type { PaxRecord } from "./entry.ts";
import { MAX_ID } from "./header.ts";
import { TarError } from "./tar_error.ts";
import { decodeText, encodeText } from "./text.ts";

/** The most bytes of an extended header, or of a GNU long name, that Go's archive/tar reads, and so every container engine. */
export const MAX_EXTENSION_SIZE = 1_048_576;

/** Records whose value is used in a system call, where a NUL would cut it short. */
const TEXTS = new Set(["path", "linkpath", "uname", "gname", "GNU.sparse.name"]);

/** Records whose value is a time, with a fraction of any length. */
const TIMES = new Set(["atime", "ctime", "mtime"]);

/** Fields of the next header that a pax header overrides. */
export interface PaxValues {
  readonly path?: string;
  readonly linkPath?: string;
  readonly size?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly userName?: string;
  readonly groupName?: string;
}

/**
 * Parses the content of an extended header.
 *
 * @param position Bytes from the start of the archive to the content.
 * @throws {TarError} if a record is malformed, or the value of a known keyword is invalid.
 */
export function parsePax(bytes: Uint8Array, position: number): PaxRecord[] {
  const records: PaxRecord[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const malformed = (what: string): TarError =>
      new TarError(`a record of an extended header ${what}`, position + offset);
    const blank = bytes.indexOf(0x20, offset);
    const digits = blank < 0 || blank - offset > 7 ? "" : decodeText(bytes, offset, blank);
    if (!/^\d+$/.test(digits)) throw malformed("does not start with its length");
    const end = offset + Number(digits);
    if (end > bytes.length || bytes[end - 1] !== 0x0a || end - 1 <= blank) {
      throw malformed(`does not end where its length of ${digits} bytes says`);
    }
    const equals = bytes.indexOf(0x3d, blank + 1);
    if (equals <= blank + 1 || equals >= end) throw malformed("has no keyword");
    const keyword = decodeText(bytes, blank + 1, equals);
    const value = decodeText(bytes, equals + 1, end - 1);
    // Readers differ about a NUL in a keyword, and a blank in front of it.
    if (/^[ \t]|\0/.test(keyword)) throw malformed(`has the keyword ${JSON.stringify(keyword)}`);
    if (!isPossible(keyword, value)) {
      throw malformed(`says ${keyword}=${printable(value, 100)}, which cannot be`);
    }
    records.push([keyword, value]);
    offset = end;
  }
  return records;
}

function isPossible(keyword: string, value: string): boolean {
  if (TEXTS.has(keyword)) return !value.includes("\0");
  if (TIMES.has(keyword)) return /^-?\d{1,15}(?:\.\d*)?$/.test(value);
  if (keyword === "size") return isCount(value, Number.MAX_SAFE_INTEGER);
  if (keyword === "uid" || keyword === "gid") return isCount(value, MAX_ID);
  return true;
}

function isCount(value: string, max: number): boolean {
  return /^\d{1,16}$/.test(value) && Number(value) <= max;
}

/** The fields that records override. The last record of a keyword counts, and an empty text overrides nothing. */
export function paxValues(records: readonly PaxRecord[]): PaxValues {
  const values: Record<string, string | number> = {};
  for (const [keyword, value] of records) {
    const field = FIELDS.get(keyword);
    if (field === undefined) continue;
    const [name, isNumber] = field;
    if (isNumber) values[name] = Number(value);
    else if (value === "") delete values[name];
    else values[name] = value;
  }
  return values;
}

/** The field of each keyword of POSIX.1-2001, and whether it is a number. */
const FIELDS: ReadonlyMap<string, readonly [name: keyof PaxValues, isNumber: boolean]> = new Map([
  ["path", ["path", false]],
  ["linkpath", ["linkPath", false]],
  ["size", ["size", true]],
  ["uid", ["uid", true]],
  ["gid", ["gid", true]],
  ["mtime", ["mtime", true]],
  ["uname", ["userName", false]],
  ["gname", ["groupName", false]],
]);

/** Whether a record overrides a field of the next header. */
export function isField(keyword: string): boolean {
  return FIELDS.has(keyword);
}

/** Writes the content of an extended header. */
export function formatPax(records: readonly PaxRecord[]): Bytes {
  return concatBytes(records.map(([keyword, value]) => {
    const text = encodeText(` ${keyword}=${value}\n`);
    // The length counts its own digits, which may add one to it.
    let length = text.length + String(text.length).length;
    length = text.length + String(length).length;
    return concatBytes([encodeText(String(length)), text]);
  }));
}

/** Writes a time as the decimal number of a record, without fractions of nanoseconds. */
export function formatTime(seconds: number): string {
  const text = String(seconds);
  return text.includes("e") ? seconds.toFixed(9).replace(/\.?0+$/, "") : text;
}
