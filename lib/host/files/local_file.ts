/** A file on disk that is to be added. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import type { WalkOptions } from "../../layer/files/local_files.ts";
import type { SourceFile } from "../../layer/files/source_file.ts";
import { builtin, hostProcess } from "../builtin.ts";
import { type FileStamp, type FileStatus, fileStatus, identityOf, stampOf } from "./file_status.ts";
import { closeFile, openFile, readFrom, readInto } from "./file_stream.ts";
import { errorCode, errorReason } from "../system_error.ts";
import type { PaxRecord } from "../../tar/entry.ts";
import { isLost, listAttributes, readCapability } from "../extended_attributes.ts";

/**
 * Bytes up to which a file is read in one synchronous call. Trees have very many small files, for which a thread switch costs more than
 * the read: 100,000 files of 1.6 KB took 1.4 s this way on Deno, and 4.1 s asynchronously, 100 at a time.
 */
export const SMALL_FILE = 262_144;

/** Bytes below which a content is copied by `Gatherer`, so that one array can be reused for reading. */
const SCRATCH_SIZE = 65_536;
const scratch = new Uint8Array(SCRATCH_SIZE);

/** Options of {@linkcode LocalFile}. */
export interface LocalFileOptions {
  /** Path relative to the source. */
  readonly path: string;
  /** Local path. */
  readonly name: string;
  /** Type of the file, from its directory. */
  readonly type: SourceFile["type"];
  /** Whether to follow a symlink. */
  readonly follow: boolean;
  /** The directory that it was listed in. */
  readonly parent?: ListedDirectory | undefined;
  /** See `WalkOptions`. */
  readonly onAttributes?: WalkOptions["onAttributes"];
}

/** A directory at the time when it was listed. */
export interface ListedDirectory {
  /** Local path. */
  readonly path: string;
  /** Device and file number. */
  readonly identity: string;
}

/** A file on disk. Its status is read when it is first needed, unless it was preloaded. */
export class LocalFile implements SourceFile {
  readonly path: string;
  readonly name: string;
  readonly type: SourceFile["type"];
  readonly follow: boolean;
  readonly parent: ListedDirectory | undefined;
  readonly #onAttributes: WalkOptions["onAttributes"];
  #status: FileStatus | undefined;
  #content: Bytes | undefined;

  /** Describes a file; nothing is read. */
  constructor({ path, name, type, follow, parent, onAttributes }: LocalFileOptions) {
    this.path = path;
    this.name = name;
    this.type = type;
    this.follow = follow;
    this.parent = parent;
    this.#onAttributes = onAttributes;
  }

  /** Sets the status, and perhaps the content, that a thread has read ahead. */
  preload(status: FileStatus, content: Bytes | undefined): void {
    this.#status = status;
    this.#content = content;
  }

  get mode(): number {
    return this.#known.mode;
  }

  get mtime(): number {
    return this.#known.mtime;
  }

  get size(): number {
    return this.type === "file" ? this.#known.size : 0;
  }

  get identity(): string | undefined {
    return this.type === "file" && this.#known.links > 1 ? identify(this.name) : undefined;
  }

  /** The capabilities of a program, the only extended attribute that is added. */
  get records(): readonly PaxRecord[] | undefined {
    this.#tellAttributes();
    if (this.type !== "file" || (this.#known.mode & 0o111) === 0) return undefined;
    const record = readCapability(this.name, this.follow);
    return record && [record];
  }

  get linkPath(): string | undefined {
    return this.type === "symlink" ? readLink(this.name) : undefined;
  }

  /** The stamp of the file when its status was read; undefined if it was preloaded. */
  get stamp(): FileStamp | undefined {
    return stampOf(this.#known);
  }

  /** The content; that of a small file as one array. */
  open(): Bytes | ByteStream {
    const { size } = this;
    const identity = identityOf(this.#known);
    if (this.#content?.length === size) return this.#content;
    const listed = { name: this.name, size, identity, follow: this.follow, parent: this.parent };
    return size <= SMALL_FILE ? readSmall(listed) : readLarge(listed);
  }

  #tellAttributes(): void {
    if (this.#onAttributes === undefined || this.type === "symlink") return;
    const lost = listAttributes(this.name, this.follow).filter(isLost);
    if (lost.length > 0) this.#onAttributes(this.name, lost);
  }

  get #known(): FileStatus {
    this.#status ??= attempt(this.name, () => fileStatus(this.name, this.follow));
    if (this.#status.kind === this.type) return this.#status;
    throw new Error(
      `Cannot add "${this.name}": it changed while it was read, from a ${this.type} to ${this.#status.kind}`,
    );
  }
}

/** The present stamp of a file. */
export function readStamp(path: string, follow: boolean): FileStamp {
  const { size, mtimeMs = 0, ctimeMs = 0, ino = 0 } = attempt(path, () => fileStatus(path, follow));
  return [size, mtimeMs, ctimeMs, ino];
}

/** Device and file number, read as big integers: doubles would lose the last bits on some file systems. */
export function identify(path: string): string {
  const { dev, ino } = attempt(path, () => builtin("node:fs").statSync(path, { bigint: true }));
  return `${dev}:${ino}`;
}

function readLink(path: string): string {
  return slashed(attempt(path, () => builtin("node:fs").readlinkSync(path)));
}

/** A path with `/` between its parts. Except on Windows, a backslash is a part of a name. */
export function slashed(path: string): string {
  return hostProcess?.platform === "win32" ? path.replaceAll("\\", "/") : path;
}

/** A file as it was listed. */
interface Listed {
  readonly name: string;
  readonly size: number;
  readonly identity: string | undefined;
  readonly follow: boolean;
  readonly parent: ListedDirectory | undefined;
}

/**
 * Checks that the opened file is the listed one: somebody may have replaced it, or a directory above it, by a link to a file that they may
 * not read themselves.
 */
function requireListed(descriptor: number, { name, identity, parent }: Listed): void {
  const { fstatSync } = builtin("node:fs");
  const isSame = identity === undefined || identityOf(fstatSync(descriptor)) === identity;
  if (!isSame || parent !== undefined && !isListed(parent)) {
    throw new Error(`Cannot add "${name}": it changed while it was read, to another file`);
  }
}

/** Whether a path still leads to the directory that was listed. */
export function isListed({ path, identity }: ListedDirectory): boolean {
  return identityOf(attempt(path, () => fileStatus(path, true))) === identity;
}

/** Flags to open a file. A link that has replaced it is not followed, if the system can refuse that. */
function openFlags(follow: boolean): number {
  const { O_RDONLY, O_NOFOLLOW = 0 } = builtin("node:fs").constants;
  return follow ? O_RDONLY : O_RDONLY | O_NOFOLLOW;
}

function readSmall(listed: Listed): Bytes {
  const { name: path, size, follow } = listed;
  const { openSync, readSync, closeSync } = builtin("node:fs");
  // One byte more than the size, so that one call reads the content and shows its end.
  const buffer = size < SCRATCH_SIZE ? scratch : new Uint8Array(size + 1);
  let filled = 0;
  try {
    const descriptor = openSync(path, openFlags(follow));
    try {
      requireListed(descriptor, listed);
      // Also for size 0, which files in `/proc` have.
      for (let count = -1; count !== 0 && filled < (size || 1); filled += count) {
        count = readSync(descriptor, buffer, filled, size + 1 - filled, null);
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw cannotAdd(path, error);
  }
  if (filled !== size) throw changed(path, size);
  return buffer.subarray(0, size);
}

async function* readLarge(listed: Listed): ByteStream {
  const { name: path, size, follow } = listed;
  const descriptor = await openFile(path, openFlags(follow)).catch((error) => {
    throw cannotAdd(path, error);
  });
  try {
    requireListed(descriptor, listed);
    let count = 0;
    for await (const chunk of readFrom(descriptor, 0, size)) {
      count += chunk.length;
      yield chunk;
    }
    if (count < size || await readInto(descriptor, new Uint8Array(1), size) > 0) {
      throw changed(path, size);
    }
  } finally {
    await closeFile(descriptor);
  }
}

function changed(path: string, size: number): Error {
  return new Error(
    `Cannot add "${path}": it changed while it was read, from the ${size} bytes that it had`,
  );
}

/** Runs a call of the file system, and adds the file's name to its error. */
export function attempt<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw cannotAdd(path, error);
  }
}

function cannotAdd(path: string, cause: unknown): Error {
  // An error of `requireListed` has the name already.
  if (cause instanceof Error && cause.message.startsWith("Cannot add ")) return cause;
  if (errorCode(cause) === "ELOOP") {
    return new Error(`Cannot add "${path}": it changed while it was read, to a link`, { cause });
  }
  // The name is not UTF-8, so the system was asked for another one.
  if (path.includes("\ufffd")) {
    return new Error(`Cannot add "${path}": its name is not UTF-8; a tar can have it`);
  }
  const isPattern = path.includes("*") && errorCode(cause) === "ENOENT";
  const hint = isPattern ? '; only a shell would expand the "*"' : "";
  return new Error(`Cannot add "${path}": ${errorReason(cause)}${hint}`, { cause });
}
