/** Writes the headers of an entry: a ustar block, and a pax extended header for values that do not fit into its fields. */

import { type Bytes, concatBytes } from "../base/bytes.ts";
import { flagOfType, type PaxRecord, type TarEntryHeader } from "./entry.ts";
import {
  BLOCK_SIZE,
  FIELD,
  type Field,
  MAX_ID,
  padded,
  writeChecksum,
  writeOctal,
} from "./header.ts";
import { formatPax, formatTime, isField } from "./pax.ts";
import { encodeText } from "./text.ts";

/** The name of extended headers, as in Python's tarfile. Readers that know no pax make a file of them: no real file has this name. */
const PAX_HEADER_NAME = "././@PaxHeader";

/** The fields "magic" and "version". */
const USTAR_MAGIC = "ustar\x0000";

/** Options of {@linkcode encodeHeaders}. */
export interface EncodeOptions {
  /**
   * A header block to change, to keep what only it has: the map of GNU's sparse files.
   *
   * @default a new block
   */
  readonly base?: Bytes | undefined;
}

/**
 * Writes the blocks before an entry's content.
 *
 * @throws {TypeError} if the path is empty, or a path or name holds a NUL, or a link has no target.
 * @throws {RangeError} if a number is out of range.
 */
export function encodeHeaders(entry: TarEntryHeader, { base }: EncodeOptions = {}): Bytes {
  check(entry);
  const path = entry.type === "directory" && !entry.path.endsWith("/")
    ? `${entry.path}/`
    : entry.path;
  const typeFlag = flagOf(entry);
  const block = base === undefined ? new Uint8Array(BLOCK_SIZE) : base.slice();
  const own: PaxRecord[] = [];

  const sparseName = entry.records?.some(([keyword]) => keyword === "GNU.sparse.name");
  if (base === undefined) put(block, FIELD.magic, USTAR_MAGIC);
  if (!putPath(block, path, base === undefined) && !sparseName) own.push(["path", path]);
  if (!putText(block, FIELD.linkName, entry.linkPath ?? "")) {
    own.push(["linkpath", entry.linkPath ?? ""]);
  }
  putOctal(block, FIELD.mode, entry.mode);
  if (!putOctal(block, FIELD.size, entry.size)) own.push(["size", String(entry.size)]);
  if (!putOctal(block, FIELD.uid, entry.uid)) own.push(["uid", String(entry.uid)]);
  if (!putOctal(block, FIELD.gid, entry.gid)) own.push(["gid", String(entry.gid)]);
  if (!putOctal(block, FIELD.mtime, entry.mtime)) {
    // The nearest earlier second, for readers that know no pax.
    putOctal(block, FIELD.mtime, Math.max(0, Math.floor(entry.mtime)));
    own.push(["mtime", timeRecord(entry)]);
  }
  if (!putText(block, FIELD.userName, entry.userName ?? "")) {
    own.push(["uname", entry.userName ?? ""]);
  }
  if (!putText(block, FIELD.groupName, entry.groupName ?? "")) {
    own.push(["gname", entry.groupName ?? ""]);
  }
  putOctal(block, FIELD.deviceMajor, entry.deviceMajor ?? 0);
  putOctal(block, FIELD.deviceMinor, entry.deviceMinor ?? 0);
  put(block, FIELD.typeFlag, typeFlag);
  writeChecksum(block);

  if (own.length === 0 && entry.records === undefined) return block;
  const kept = (entry.records ?? []).filter(([keyword]) => !isField(keyword))
    .map(([keyword, value]): PaxRecord => [keyword, keyword === "GNU.sparse.name" ? path : value]);
  if (own.length + kept.length === 0) return block;
  return concatBytes([...encodeExtension([...own, ...kept]), block]);
}

/** The blocks of a pax extended header. */
function encodeExtension(records: readonly PaxRecord[]): Bytes[] {
  const content = formatPax(records);
  const block = new Uint8Array(BLOCK_SIZE);
  put(block, FIELD.name, PAX_HEADER_NAME);
  put(block, FIELD.magic, USTAR_MAGIC);
  put(block, FIELD.typeFlag, "x");
  putOctal(block, FIELD.mode, 0o644);
  for (const field of [FIELD.uid, FIELD.gid, FIELD.mtime]) putOctal(block, field, 0);
  for (const field of [FIELD.deviceMajor, FIELD.deviceMinor]) putOctal(block, field, 0);
  putOctal(block, FIELD.size, content.length);
  writeChecksum(block);
  return [block, content, new Uint8Array(padded(content.length) - content.length)];
}

function check(entry: TarEntryHeader): void {
  const { path, type, linkPath, userName, groupName, mode, uid, gid, size, mtime } = entry;
  const { deviceMajor = 0, deviceMinor = 0 } = entry;
  if (path === "") refuse(TypeError, path, "its path is empty");
  checkText(path, path);
  if (linkPath !== undefined) checkText(path, linkPath);
  if (userName !== undefined) checkText(path, userName);
  if (groupName !== undefined) checkText(path, groupName);
  if ((type === "symlink" || type === "hard-link") && linkPath === undefined) {
    refuse(TypeError, path, `it is a ${type} without a linkPath`);
  }
  if (type === "file" && path.endsWith("/")) {
    refuse(TypeError, path, "it is a file, and a slash at the end makes it a directory");
  }
  if (type !== "file" && type !== "other" && size !== 0) {
    refuse(RangeError, path, `it is a ${type} with a size of ${size} bytes`);
  }
  checkNumber(path, "mode", mode, 0o7777);
  checkNumber(path, "uid", uid, MAX_ID);
  checkNumber(path, "gid", gid, MAX_ID);
  checkNumber(path, "size", size, Number.MAX_SAFE_INTEGER);
  checkNumber(path, "deviceMajor", deviceMajor, 0o7777777);
  checkNumber(path, "deviceMinor", deviceMinor, 0o7777777);
  if (!(Math.abs(mtime) <= Number.MAX_SAFE_INTEGER)) {
    refuse(RangeError, path, `its mtime is ${mtime}, not a number of seconds`);
  }
}

function checkText(path: string, text: string): void {
  if (text.includes("\0")) refuse(TypeError, path, `${JSON.stringify(text)} holds a NUL character`);
}

function checkNumber(path: string, name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  refuse(RangeError, path, `its ${name} is ${value}, not a whole number up to ${max}`);
}

function refuse(Kind: typeof TypeError | typeof RangeError, path: string, why: string): never {
  throw new Kind(`Cannot write ${JSON.stringify(path)} into a tar archive: ${why}`);
}

function flagOf({ path, type, typeFlag }: TarEntryHeader): string {
  // In old archives, a directory is a file with a slash at the end of its path.
  const isOld = typeFlag === undefined || typeFlag === "\0" || type === "directory";
  if (!isOld) return typeFlag;
  if (type !== "other") return flagOfType(type);
  return refuse(TypeError, path, 'its type is "other" and it has no typeFlag');
}

/** The record of a time. One that was read and not changed keeps its digits, which may be more than a number holds. */
function timeRecord({ mtime, records }: TarEntryHeader): string {
  const read = records?.findLast(([keyword]) => keyword === "mtime")?.[1];
  return read !== undefined && Number(read) === mtime ? read : formatTime(mtime);
}

/** Writes a Latin-1 text into a field, and fills it with NULs. */
function put(block: Bytes, [offset, length]: Field, text: string): void {
  block.fill(0, offset, offset + length);
  for (let index = 0; index < text.length; index++) block[offset + index] = text.charCodeAt(index);
}

/** Writes a number. If it does not fit, or is no natural number, writes zero and returns false. */
function putOctal(block: Bytes, field: Field, value: number): boolean {
  const fits = Number.isInteger(value) && value >= 0 && value < 8 ** (field[1] - 1);
  writeOctal(block, field, fits ? value : 0);
  return fits;
}

/** Writes a name. If it is too long or not ASCII, writes a shortened form and returns false. */
function putText(block: Bytes, field: Field, text: string): boolean {
  const fits = text.length <= field[1] && isAscii(text);
  put(block, field, fits ? text : fallback(text, field[1]));
  return fits;
}

/** POSIX.1-2001 has only ASCII names in header blocks, so that all readers agree on them. */
function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) >= 0x80) return false;
  }
  return true;
}

/** Writes a path into the name field, or split at a slash into prefix and name. */
function putPath(block: Bytes, path: string, hasPrefix: boolean): boolean {
  if (path.length <= FIELD.name[1] || !hasPrefix || !isAscii(path)) {
    return putText(block, FIELD.name, path);
  }
  // Not at a directory's last slash, after which the name would be empty.
  const slash = path.lastIndexOf("/", Math.min(FIELD.prefix[1], path.length - 2));
  if (slash <= 0 || path.length - slash - 1 > FIELD.name[1]) {
    return putText(block, FIELD.name, path);
  }
  put(block, FIELD.prefix, path.slice(0, slash));
  put(block, FIELD.name, path.slice(slash + 1));
  return true;
}

/** A shortened ASCII form of a name, for readers that know no pax. */
function fallback(text: string, length: number): string {
  return Array.from(encodeText(text.slice(0, length)), (byte) => byte < 0x80 ? byte : 0x5f)
    .slice(0, length).map((byte) => String.fromCharCode(byte)).join("");
}
