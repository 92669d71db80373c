/** Files on disk, in the order in which they go into a layer. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import type { IgnoreMatch } from "../layer/ignore.ts";
import type { WalkOptions } from "../layer/local_files.ts";
import type { SourceFile } from "../layer/source_file.ts";
import { builtin, hostProcess } from "./builtin.ts";
import { type FileStatus, fileStatus } from "./file_status.ts";
import { closeFile, openFile, readFrom, readInto } from "./file_stream.ts";
import { errorReason } from "./system_error.ts";

/**
 * Bytes up to which a file is read in one synchronous call. Trees have very many small files, and for those a thread switch costs
 * more than the read: 100,000 files of 1.6 KB took 1.4 s this way on Deno and 4.1 s asynchronously, 100 at a time.
 */
const SMALL_FILE = 262_144;

/** Bytes below which a content is copied and not handed on, and so read into one array again and again; see `Gatherer`. */
const SCRATCH_SIZE = 65_536;

/** A directory that is being walked. */
interface Frame {
  /** Local path. */
  readonly directory: string;
  /** Relative to the source, with a slash at its end; empty for the source. */
  readonly prefix: string;
  readonly names: readonly string[];
  next: number;
  readonly match: IgnoreMatch | undefined;
  /** The directory's own entry, as long as it is ignored and nothing in it is brought back. */
  held: SourceFile | undefined;
  /** Device and file number; only where links are followed, which can lead in circles. */
  readonly identity: string | undefined;
}

/**
 * Walks a directory, or yields a single file; a source that is a symlink is followed. Sorted, whatever order the disk has. Holds the
 * names of one directory of each level, so that memory does not grow with the tree.
 *
 * The calls are synchronous: see `SMALL_FILE`.
 *
 * @param source A local path.
 * @throws {Error} if something cannot be read, or is neither file nor directory nor symlink; the message names it.
 */
export function* walkFiles(source: string, options: WalkOptions = {}): Iterable<SourceFile> {
  const root = source.replace(/(?<=[^\\/:])[\\/]+$/, "");
  const stat = statFile(root, true);
  if (stat.kind !== "directory") {
    const name = root.split(/[\\/]/).at(-1) ?? root;
    if (!options.ignore?.match(name).ignored) yield describe(root, "", stat);
    return;
  }
  yield* walkDirectory(root, options);
}

function* walkDirectory(
  root: string,
  { ignore, dereference = false }: WalkOptions,
): Iterable<SourceFile> {
  const frames: Frame[] = [openFrame(root, "", undefined, undefined, dereference)];
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const name = frame.names[frame.next++];
    if (name === undefined) {
      frames.pop();
      continue;
    }
    const path = frame.prefix + name;
    const match = ignore?.match(path, frame.match);
    const ignored = match?.ignored === true;
    if (ignored && ignore?.mayBringBack(path) !== true) continue;

    const local = `${frame.directory}/${name}`;
    const stat = statFile(local, dereference);
    const isDirectory = stat.kind === "directory";
    if (ignored && !isDirectory) continue;
    const file = describe(local, path, stat);
    if (!ignored) {
      // A directory that is ignored comes back with the first thing in it that is not.
      for (const parent of frames) {
        if (parent.held === undefined) continue;
        yield parent.held;
        parent.held = undefined;
      }
      yield file;
    }
    if (!isDirectory) continue;
    const entered = openFrame(local, `${path}/`, match, ignored ? file : undefined, dereference);
    if (dereference) refuseCircle(entered, frames);
    frames.push(entered);
  }
}

function openFrame(
  directory: string,
  prefix: string,
  match: IgnoreMatch | undefined,
  held: SourceFile | undefined,
  dereference: boolean,
): Frame {
  const { readdirSync } = builtin("node:fs");
  const names = attempt(directory, () => readdirSync(directory)).sort();
  const identity = dereference ? identify(directory) : undefined;
  return { directory, prefix, names, next: 0, match, held, identity };
}

function refuseCircle({ directory, identity }: Frame, parents: readonly Frame[]): void {
  const parent = parents.find((frame) => frame.identity === identity);
  if (parent === undefined) return;
  throw new Error(`Cannot add "${directory}": it leads back to "${parent.directory}"`);
}

function statFile(path: string, follow: boolean): FileStatus {
  try {
    return fileStatus(path, follow);
  } catch (error) {
    throw cannotAdd(path, error);
  }
}

/** Device and file number, in full: as plain numbers those of some file systems would lose their last bits. */
function identify(path: string): string {
  const { dev, ino } = attempt(path, () => builtin("node:fs").statSync(path, { bigint: true }));
  return `${dev}:${ino}`;
}

/** What a layer needs to know of a file. */
function describe(local: string, path: string, stat: FileStatus): SourceFile {
  const { kind, mode, mtime, size, links } = stat;
  switch (kind) {
    case "directory":
      return { path, name: local, type: "directory", mode, mtime, size: 0 };
    case "symlink":
      return {
        path,
        name: local,
        type: "symlink",
        mode,
        mtime,
        size: 0,
        linkPath: readLink(local),
      };
    case "file":
      return links > 1
        ? new LocalFile(path, local, mode, mtime, size, identify(local))
        : new LocalFile(path, local, mode, mtime, size);
    default:
      throw new Error(
        `Cannot add "${local}": it is ${kind}, and only files, directories and symbolic links can be added`,
      );
  }
}

/** A class, because to make one is cheaper than to make an object with a function of its own. */
class LocalFile implements SourceFile {
  readonly type = "file";
  readonly path: string;
  readonly name: string;
  readonly mode: number;
  readonly mtime: number;
  readonly size: number;
  readonly identity?: string;
  readonly local?: string;

  constructor(
    path: string,
    name: string,
    mode: number,
    mtime: number,
    size: number,
    identity?: string,
  ) {
    this.path = path;
    this.name = name;
    this.mode = mode;
    this.mtime = mtime;
    this.size = size;
    if (identity !== undefined) this.identity = identity;
    // Of a file with several names only the first is read, and which one that is shows later.
    else if (size > 0 && size <= SMALL_FILE) this.local = name;
  }

  open(): Bytes | ByteStream {
    return this.size <= SMALL_FILE
      ? readSmall(this.name, this.size)
      : readLarge(this.name, this.size);
  }
}

function readLink(path: string): string {
  const target = attempt(path, () => builtin("node:fs").readlinkSync(path));
  return hostProcess?.platform === "win32" ? target.replaceAll("\\", "/") : target;
}

/** For contents that are copied at once, as the writer of archives does with small ones. */
const scratch = new Uint8Array(SCRATCH_SIZE);

function readSmall(path: string, size: number): Bytes {
  const { openSync, readSync, closeSync } = builtin("node:fs");
  // One byte more than there should be, so that one call shows both the content and its end.
  const buffer = size < SCRATCH_SIZE ? scratch : new Uint8Array(size + 1);
  let filled = 0;
  try {
    const descriptor = openSync(path, "r");
    try {
      for (let count = -1; count !== 0 && filled < size; filled += count) {
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

async function* readLarge(path: string, size: number): ByteStream {
  const descriptor = await openFile(path, "r").catch((error) => {
    throw cannotAdd(path, error);
  });
  try {
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

/** The error of a file that has another size than when it was found. */
export function changed(path: string, size: number): Error {
  return new Error(
    `Cannot add "${path}": it changed while it was read, from the ${size} bytes that it had`,
  );
}

/** Runs a call of the file system, and names the file if it fails. */
function attempt<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw cannotAdd(path, error);
  }
}

/** The error of a file that cannot be read. */
export function cannotAdd(path: string, cause: unknown): Error {
  if (cause instanceof Error && cause.message.startsWith("Cannot add ")) return cause;
  const reason = path.includes("\ufffd") ? "its name is not UTF-8" : errorReason(cause);
  return new Error(`Cannot add "${path}": ${reason}`, { cause });
}
