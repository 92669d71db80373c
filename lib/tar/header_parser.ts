/** Parses the header blocks of an archive, fast: there may be very many. */

import {
  BLOCK_SIZE,
  FIELD,
  type Field,
  hasChecksum,
  isBlank,
  MAX_ID,
  type NumberLimits,
  readNumber,
  readText,
} from "./header.ts";
import { decodeText } from "./text.ts";

/** Format of a header block, which decides what follows the device numbers. */
export type HeaderFormat = "v7" | "ustar" | "gnu" | "star";

/** The fields of a header block. */
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

/** A reusable block, as bytes and as 32-bit words: comparing and adding words takes a third of the time. */
class Block {
  readonly bytes = new Uint8Array(BLOCK_SIZE);
  readonly words = new Uint32Array(this.bytes.buffer);
}

/** Parses headers one after the other. Most differ from the previous one only in name, size and time: equal fields are not parsed again. */
export class HeaderParser {
  #block = new Block();
  #before = new Block();
  /** The fields of `#before`. */
  #header: Header | undefined;
  /** The directory in its name, with a slash at its end, and the bytes of that. */
  #directory = "";
  #directoryEnd = 0;

  /**
   * Takes the next block, which may be reused afterwards.
   *
   * @param position Bytes from the start of the archive to the block.
   * @returns undefined if its checksum is wrong.
   * @throws {TarError} if a number cannot be read.
   */
  parse(block: Uint8Array, position: number): Header | undefined {
    const { bytes, words } = this.#block;
    bytes.set(block);
    if (!hasChecksum(bytes, sumWords(words))) return undefined;
    const name = this.#readName(bytes);
    const header = this.#header !== undefined && isAlike(words, this.#before.words)
      ? parseRest(this.#header, name, bytes, position)
      : parseHeader(bytes, position, name);
    [this.#block, this.#before] = [this.#before, this.#block];
    this.#header = header;
    return header;
  }

  /** Reads the field "name", which mostly begins with the directory of the previous one. */
  #readName(bytes: Uint8Array): string {
    const [, length] = FIELD.name;
    const before = this.#before.bytes;
    let start = 0;
    while (start < this.#directoryEnd && bytes[start] === before[start]) start++;
    if (start < this.#directoryEnd) start = 0;
    let directoryEnd = start;
    let end = start;
    for (; end < length && bytes[end] !== 0; end++) {
      if (bytes[end] === SLASH) directoryEnd = end + 1;
    }
    if (directoryEnd !== this.#directoryEnd || start === 0) {
      this.#directory = decodeText(bytes, 0, directoryEnd);
      this.#directoryEnd = directoryEnd;
    }
    // Also right for UTF-8: no character spans a slash.
    return this.#directory + decodeText(bytes, directoryEnd, end);
  }
}

/** The sum of all bytes, in two 16-bit halves of a number, which cannot overflow. */
function sumWords(words: Uint32Array): number {
  let sum = 0;
  for (let index = 0; index < BLOCK_SIZE / 4; index++) {
    const word = words[index] as number;
    sum = (sum + (word & 0x00ff00ff) + ((word >>> 8) & 0x00ff00ff)) | 0;
  }
  return (sum & 0xffff) + (sum >>> 16);
}

/**
 * Whether two headers are equal in mode and owner, in type, from the magic to the start of the prefix, and in star's own magic. One loop
 * for each range, since a list of ranges is slower.
 */
function isAlike(words: Uint32Array, others: Uint32Array): boolean {
  if (words[39] !== others[39] || words[127] !== others[127]) return false;
  for (let index = 25; index < 31; index++) if (words[index] !== others[index]) return false;
  for (let index = 64; index < 87; index++) if (words[index] !== others[index]) return false;
  return true;
}

const SLASH = 0x2f;

const ANY_TIME: NumberLimits = { min: Number.MIN_SAFE_INTEGER };

/** star has a magic at the end of its header, and a shorter prefix, followed by times. */
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

const ID: NumberLimits = { max: MAX_ID };

function readDevice(
  block: Uint8Array,
  field: Field,
  format: HeaderFormat,
  position: number,
): number {
  const [offset, length] = field;
  const typeFlag = block[FIELD.typeFlag[0]];
  const isDevice = typeFlag === 0x33 || typeFlag === 0x34;
  // GNU tar reads these fields for devices only, Go in all headers but the oldest.
  if (!isDevice && (format === "v7" || isBlank(block, offset, offset + length))) return 0;
  return readNumber(block, field, "device number", position, ID);
}

/**
 * Parses a header block whose checksum is right.
 *
 * @param position Bytes from the start of the archive to the block.
 * @throws {TarError} if a number cannot be read.
 */
export function parseHeader(
  block: Uint8Array,
  position: number,
  name: string = readText(block, FIELD.name),
): Header {
  const format = formatOf(block);
  const isNamed = format !== "v7";
  return parseRest(
    {
      format,
      mode: readNumber(block, FIELD.mode, "mode", position) % 0o10000,
      uid: readNumber(block, FIELD.uid, "user number", position, ID),
      gid: readNumber(block, FIELD.gid, "group number", position, ID),
      typeFlag: String.fromCharCode(block[FIELD.typeFlag[0]] as number),
      userName: isNamed ? readText(block, FIELD.userName) : "",
      groupName: isNamed ? readText(block, FIELD.groupName) : "",
      deviceMajor: readDevice(block, FIELD.deviceMajor, format, position),
      deviceMinor: readDevice(block, FIELD.deviceMinor, format, position),
    },
    name,
    block,
    position,
  );
}

/** Parses the fields that differ; the others come from the previous header. */
function parseRest(
  last: Omit<Header, "name" | "size" | "mtime" | "linkName">,
  name: string,
  block: Uint8Array,
  position: number,
): Header {
  const { format, mode, uid, gid, typeFlag, userName, groupName, deviceMajor, deviceMinor } = last;
  const times = format === "gnu" ? GNU_TIMES : format === "star" ? STAR_TIMES : [];
  for (const field of times) {
    // They are not used; but if they are no times, Go takes GNU's for a prefix of the name.
    if (block[field[0]] !== 0) readNumber(block, field, "time", position, ANY_TIME);
  }
  const prefix = format === "ustar"
    ? readText(block, FIELD.prefix)
    : format === "star"
    ? readText(block, STAR_PREFIX)
    : "";
  return {
    format,
    name: prefix === "" ? name : `${prefix}/${name}`,
    mode,
    uid,
    gid,
    size: readNumber(block, FIELD.size, "size", position),
    mtime: readNumber(block, FIELD.mtime, "time", position, ANY_TIME),
    typeFlag,
    linkName: readText(block, FIELD.linkName),
    userName,
    groupName,
    deviceMajor,
    deviceMinor,
  };
}
