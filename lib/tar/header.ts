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
function checksum(block: Uint8Array, whole: number): number {
  const [offset, length] = FIELD.checksum;
  let sum = whole + length * 0x20;
  for (let index = offset; index < offset + length; index++) sum -= block[index] ?? 0;
  return sum;
}

/** The same sum over signed bytes: what tools on some machines wrote before POSIX settled it. */
function signedChecksum(block: Uint8Array): number {
  const [offset, length] = FIELD.checksum;
  let sum = checksum(block, sumBlock(block));
  for (const [index, byte] of block.entries()) {
    if (index >= offset && index < offset + length) continue;
    if (byte >= 0x80) sum -= 0x100;
  }
  return sum;
}

/** Whether a block carries its own checksum. */
export function hasChecksum(block: Uint8Array, sum: number = sumBlock(block)): boolean {
  const recorded = readOctal(block, FIELD.checksum);
  return recorded === checksum(block, sum) || recorded === signedChecksum(block);
}

/** Writes the checksum: six digits, NUL, space, as every tool since v7. */
export function writeChecksum(block: Bytes): void {
  const [offset] = FIELD.checksum;
  writeOctal(block, [offset, 7], checksum(block, sumBlock(block)));
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
export function isBlank(block: Uint8Array, start: number, end: number): boolean {
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
