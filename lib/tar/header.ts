/** The fields of a header block: the ustar layout of POSIX.1-2001, and those of v7, GNU tar and star. */

import type { Bytes } from "../base/bytes.ts";
import { printable } from "../base/printable.ts";
import { TarError } from "./tar_error.ts";
import { decodeText } from "./text.ts";

/** Bytes of a block. All parts of an archive are padded to whole blocks. */
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
  /** With the two bytes of "version": GNU tar writes one string over both. */
  magic: [257, 8],
  userName: [265, 32],
  groupName: [297, 32],
  deviceMajor: [329, 8],
  deviceMinor: [337, 8],
  prefix: [345, 155],
};

/** Rounds a size up to whole blocks. */
export function padded(size: number): number {
  // Without bit operators, which take 32 bits only.
  return Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE;
}

/** Whether a block is all zero, as those of the end-of-archive marker are. */
export function isZeroBlock(block: Uint8Array): boolean {
  // Nearly all headers start with a name, so the first byte mostly decides.
  return block[0] === 0 && sumBlock(block) === 0;
}

/** The sum of all bytes. Unrolled by four, as this is most of the work on a header. */
function sumBlock(block: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < BLOCK_SIZE; index += 4) {
    sum += (block[index] as number) + (block[index + 1] as number) +
      (block[index + 2] as number) + (block[index + 3] as number);
  }
  return sum;
}

/** The checksum of a block, of whose bytes `whole` is the sum: the bytes of the checksum field itself count as spaces. */
function checksum(block: Uint8Array, whole: number): number {
  const [offset, length] = FIELD.checksum;
  let sum = whole + length * 0x20;
  for (let index = offset; index < offset + length; index++) sum -= block[index] ?? 0;
  return sum;
}

/** The checksum over signed bytes, which some tools wrote before POSIX. */
function signedChecksum(block: Uint8Array): number {
  const [offset, length] = FIELD.checksum;
  let sum = checksum(block, sumBlock(block));
  for (const [index, byte] of block.entries()) {
    if (index >= offset && index < offset + length) continue;
    if (byte >= 0x80) sum -= 0x100;
  }
  return sum;
}

/** Whether the checksum in a block is right. */
export function hasChecksum(block: Uint8Array, sum: number = sumBlock(block)): boolean {
  const recorded = readOctal(block, FIELD.checksum);
  return recorded === checksum(block, sum) || recorded === signedChecksum(block);
}

/** Writes the checksum: six digits, NUL, space, as every tool since v7 does. */
export function writeChecksum(block: Bytes): void {
  const [offset] = FIELD.checksum;
  writeOctal(block, [offset, 7], checksum(block, sumBlock(block)));
  block[offset + 7] = 0x20;
}

/** Writes a natural number as octal digits that fill the field up to a NUL. */
export function writeOctal(block: Bytes, [offset, length]: Field, value: number): void {
  let rest = value;
  block[offset + length - 1] = 0;
  for (let index = offset + length - 2; index >= offset; index--) {
    // Without bit operators, which take 32 bits only.
    block[index] = 0x30 + rest % 8;
    rest = Math.floor(rest / 8);
  }
}

/**
 * Reads an octal number: spaces, digits, then the end of the field, a NUL and anything, or spaces and NULs. Undefined for all else. GNU
 * tar would take the leading digits then, but Go's archive/tar, which is in every container engine, would not.
 */
function readOctal(block: Uint8Array, [offset, length]: Field): number | undefined {
  const end = offset + length;
  let index = offset;
  // Some old tools write a NUL in front, when the previous field has overflowed.
  if (block[index] === 0) index++;
  while (index < end && block[index] === 0x20) index++;
  if (index === end) return undefined;
  // Without digits GNU tar reads 0, and Go reads on after the NULs.
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

/** Whether a range has only spaces and NULs. */
export function isBlank(block: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    if (block[index] !== 0x20 && block[index] !== 0) return false;
  }
  return true;
}

/** Reads a binary number of GNU tar and star: 0x80, or 0xff if it is negative, then the bytes in big-endian order. */
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
 * @param what What messages call the number.
 * @param position Bytes from the start of the archive to the block.
 * @throws {TarError} if it is neither, or not within its limits.
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
