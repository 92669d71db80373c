/** One header block: the ustar layout of POSIX.1-2001, and what v7, GNU tar and star made of the same 512 bytes. */

import type { Bytes } from "../base/bytes.ts";
import { printable } from "../base/printable.ts";
import { TarError } from "./tar_error.ts";
import { decodeText } from "./text.ts";

/** Size of a block in bytes: everything in an archive is a multiple of it. */
export const BLOCK_SIZE = 512;

/** A field of a header block: its offset and its length in bytes. */
export type Field = readonly [offset: number, length: number];

/** The fields of a header block. */
export type FieldName =
  | "name"
  | "mode"
  | "uid"
  | "gid"
  | "size"
  | "mtime"
  | "checksum"
  | "typeFlag"
  | "linkName"
  | "magic"
  | "userName"
  | "groupName"
  | "deviceMajor"
  | "deviceMinor"
  | "prefix";

/** POSIX.1-2001, pax, ustar Interchange Format, "ustar Header Block". */
export const FIELD: Readonly<Record<FieldName, Field>> = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeFlag: [156, 1],
  linkName: [157, 100],
  /** With the two bytes of the version: GNU tar writes one string over both. */
  magic: [257, 8],
  userName: [265, 32],
  groupName: [297, 32],
  deviceMajor: [329, 8],
  deviceMinor: [337, 8],
  prefix: [345, 155],
};

/** Format of a header block; it decides what is in the bytes behind the device numbers. */
export type HeaderFormat = "v7" | "ustar" | "gnu" | "star";

/** A header block taken apart. */
export interface Header {
  readonly format: HeaderFormat;
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly typeFlag: string;
  readonly linkName: string;
  readonly userName: string;
  readonly groupName: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

/** Rounds up to whole blocks. */
export function padded(size: number): number {
  // Not with bits: sizes go past 32.
  return Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE;
}

/** Whether a block is the end-of-archive marker's: all zero. */
export function isZeroBlock(block: Uint8Array): boolean {
  // Nearly all headers start with a name.
  return block[0] === 0 && sumBlock(block) === 0;
}

/** The sum of all bytes. Four at a time: this is the larger part of the work on a header. */
function sumBlock(block: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < BLOCK_SIZE; index += 4) {
    sum += (block[index] as number) + (block[index + 1] as number) +
      (block[index + 2] as number) + (block[index + 3] as number);
  }
  return sum;
}

/** The sum of all bytes, with the checksum's own eight counted as spaces. */
function checksum(block: Uint8Array): number {
  const [offset, length] = FIELD.checksum;
  let sum = sumBlock(block) + length * 0x20;
  for (let index = offset; index < offset + length; index++) sum -= block[index] ?? 0;
  return sum;
}

/** The same sum over signed bytes: what tools on some machines wrote before POSIX settled it. */
function signedChecksum(block: Uint8Array): number {
  const [offset, length] = FIELD.checksum;
  let sum = checksum(block);
  for (const [index, byte] of block.entries()) {
    if (index >= offset && index < offset + length) continue;
    if (byte >= 0x80) sum -= 0x100;
  }
  return sum;
}

/** Whether a block carries its own checksum. */
export function hasChecksum(block: Uint8Array): boolean {
  const recorded = readOctal(block, FIELD.checksum);
  return recorded === checksum(block) || recorded === signedChecksum(block);
}

/** Writes the checksum: six digits, NUL, space, as every tool since v7. */
export function writeChecksum(block: Bytes): void {
  const [offset] = FIELD.checksum;
  writeOctal(block, [offset, 7], checksum(block));
  block[offset + 7] = 0x20;
}

/** Writes a natural number as octal digits, as many as there is room for, and NUL. */
export function writeOctal(block: Bytes, [offset, length]: Field, value: number): void {
  let rest = value;
  block[offset + length - 1] = 0;
  for (let index = offset + length - 2; index >= offset; index--) {
    // Not with bits: sizes go past 32.
    block[index] = 0x30 + rest % 8;
    rest = Math.floor(rest / 8);
  }
}

/**
 * Reads an octal number: spaces, digits, and behind them nothing, a NUL and anything, or spaces and NULs. Undefined for all else,
 * where GNU tar would take the digits in front: Go's archive/tar, which is in every container engine, would not.
 */
function readOctal(block: Uint8Array, [offset, length]: Field): number | undefined {
  const end = offset + length;
  let index = offset;
  // Some old tools write a NUL in front, where the field before has overflowed.
  if (block[index] === 0) index++;
  while (index < end && block[index] === 0x20) index++;
  if (index === end) return undefined;
  // Without digits GNU tar reads 0, and Go what is behind the NULs.
  if (block[index] === 0) return isBlank(block, index, end) ? 0 : undefined;
  let value = 0;
  for (; index < end; index++) {
    const byte = block[index] ?? 0;
    if (byte === 0) return value;
    if (byte === 0x20) return isBlank(block, index, end) ? value : undefined;
    if (byte < 0x30 || byte > 0x37) return undefined;
    value = value * 8 + (byte - 0x30);
  }
  return value;
}

/** Whether there are only spaces and NULs. */
function isBlank(block: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    if (block[index] !== 0x20 && block[index] !== 0) return false;
  }
  return true;
}

/** Reads a binary number of GNU tar and star: the first byte is 0x80, or 0xff for a negative one, the others are big-endian. */
function readBinary(block: Uint8Array, [offset, length]: Field): number {
  const negative = block[offset] === 0xff;
  let value = 0;
  for (const byte of block.subarray(offset + 1, offset + length)) {
    value = value * 0x100 + (negative ? 0xff - byte : byte);
  }
  return negative ? -value - 1 : value;
}

/** Limits of {@linkcode readNumber}. */
export interface NumberLimits {
  /** @default {0} */
  readonly min?: number;
  /** @default {Number.MAX_SAFE_INTEGER} */
  readonly max?: number;
}

/**
 * Reads a number, octal or binary.
 *
 * @param what How the message calls it.
 * @param position Bytes from the start of the archive to the block.
 * @throws {TarError} if it is neither or out of its limits.
 */
export function readNumber(
  block: Uint8Array,
  field: Field,
  what: string,
  position: number,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: NumberLimits = {},
): number {
  const [offset, length] = field;
  const first = block[offset];
  const value = first === 0x80 || first === 0xff
    ? readBinary(block, field)
    : readOctal(block, field);
  if (value !== undefined && value >= min && value <= max) return value;
  const found = printable(decodeText(block, offset, offset + length));
  throw new TarError(
    value === undefined
      ? `the header's ${what} is ${JSON.stringify(found)} where an octal number is expected`
      : `the header's ${what} is ${value}, out of range`,
    position + offset,
  );
}

/** Reads a text that ends with a NUL or with its field. */
export function readText(block: Uint8Array, [offset, length]: Field): string {
  let end = offset;
  while (end < offset + length && block[end] !== 0) end++;
  return decodeText(block, offset, end);
}

/** The largest user or group number. */
export const MAX_ID = 0xffff_ffff;

const ANY_TIME: NumberLimits = { min: Number.MIN_SAFE_INTEGER };

/** star ends its header with this, and has times where ustar has the end of the prefix. */
const STAR_MAGIC: Field = [508, 4];
const STAR_PREFIX: Field = [345, 131];

/** Times of access and change. */
const STAR_TIMES: readonly Field[] = [[476, 12], [488, 12]];
const GNU_TIMES: readonly Field[] = [[345, 12], [357, 12]];

function formatOf(block: Uint8Array): HeaderFormat {
  const [magic] = FIELD.magic;
  if (startsWith(block, magic, "ustar  \0")) return "gnu";
  if (!startsWith(block, magic, "ustar\0")) return "v7";
  return startsWith(block, STAR_MAGIC[0], "tar\0") ? "star" : "ustar";
}

function startsWith(block: Uint8Array, offset: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (block[offset + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/**
 * Takes a header block apart whose checksum is right.
 *
 * @param position Bytes from the start of the archive to the block.
 * @throws {TarError} if a number cannot be read.
 */
export function parseHeader(block: Uint8Array, position: number): Header {
  const format = formatOf(block);
  const typeFlag = String.fromCharCode(block[FIELD.typeFlag[0]] ?? 0);
  const isDevice = typeFlag === "3" || typeFlag === "4";
  const name = readText(block, FIELD.name);
  const times = format === "gnu" ? GNU_TIMES : format === "star" ? STAR_TIMES : [];
  for (const field of times) {
    // They show nowhere; but where they are no times, Go takes GNU's for a prefix of the name.
    if (block[field[0]] !== 0) readNumber(block, field, "time", position, ANY_TIME);
  }
  const prefix = format === "ustar"
    ? readText(block, FIELD.prefix)
    : format === "star"
    ? readText(block, STAR_PREFIX)
    : "";
  const id = { max: MAX_ID };
  const device = (field: Field): number => {
    const [offset, length] = field;
    // GNU tar reads these of devices only, Go of all but the oldest headers.
    if (!isDevice && (format === "v7" || isBlank(block, offset, offset + length))) return 0;
    return readNumber(block, field, "device number", position, id);
  };
  return {
    format,
    name: prefix === "" ? name : `${prefix}/${name}`,
    mode: readNumber(block, FIELD.mode, "mode", position) % 0o10000,
    uid: readNumber(block, FIELD.uid, "user number", position, id),
    gid: readNumber(block, FIELD.gid, "group number", position, id),
    size: readNumber(block, FIELD.size, "size", position),
    mtime: readNumber(block, FIELD.mtime, "time", position, ANY_TIME),
    typeFlag,
    linkName: readText(block, FIELD.linkName),
    userName: format === "v7" ? "" : readText(block, FIELD.userName),
    groupName: format === "v7" ? "" : readText(block, FIELD.groupName),
    deviceMajor: device(FIELD.deviceMajor),
    deviceMinor: device(FIELD.deviceMinor),
  };
}
