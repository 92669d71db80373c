/** Walks files on disk, in the order of a layer. */

import type { Dirent } from "node:fs";
import type { IgnoreMatch } from "../../layer/files/ignore.ts";
import type { WalkOptions } from "../../layer/files/local_files.ts";
import type { SourceFile } from "../../layer/files/source_file.ts";
import { builtin } from "../builtin.ts";
import { spareMemory } from "../spare_memory.ts";
import { type FileKind, fileStatus, identityOf, kindOf } from "./file_status.ts";
import {
  attempt,
  identify,
  type ListedDirectory,
  LocalFile,
  type LocalFileOptions,
  slashed,
} from "./local_file.ts";

/** A directory that is being walked. */
interface Frame {
  /** Local path. */
  readonly directory: string;
  /** Relative to the source, with a slash at its end; empty for the source. */
  readonly prefix: string;
  readonly entries: readonly Dirent[];
  next: number;
  readonly match: IgnoreMatch | undefined;
  /** The directory's own entry, if it is ignored and nothing in it was kept so far. */
  held: SourceFile | undefined;
  /** Whether a file of it was yielded: attributes are listed only for directories and the first file of each, to save time. */
  hasFile: boolean;
  /** Device and file number, if links are followed, to find circles. */
  readonly identity: string | undefined;
  readonly listed: ListedDirectory;
}

/**
 * Walks a directory, or yields a single file or an empty directory. A source that is a symlink is followed. The files are sorted. One list of
 * names is held for each level, so that memory does not grow with the tree.
 *
 * The calls are synchronous: see `SMALL_FILE`. Only the kind of a file is read, from its directory; its status is read when it is used.
 *
 * @param source A local path.
 * @throws {Error} if something cannot be read, or is neither file nor directory nor symlink; the message names it.
 */
export function* walkFiles(source: string, options: WalkOptions = {}): Iterable<SourceFile> {
  const root = walkRoot(source);
  const kind = attempt(root, () => fileStatus(root, true)).kind;
  if (kind === "directory") {
    let isEmpty = true;
    for (const file of walkDirectory(root, options)) {
      isEmpty = false;
      yield file;
    }
    // As COPY makes a destination, whatever the source's mode is.
    if (isEmpty) {
      const { name, type, mtime } = addable("", root, kind, { follow: true });
      yield { path: "", name, type, mode: 0o755, mtime, size: 0 };
    }
  } else {
    const name = root.split("/").at(-1) ?? root;
    if (!options.ignore?.match(name).ignored) {
      yield addable("", root, kind, { follow: true, onAttributes: options.onAttributes });
    }
  }
}

/** The start of the local paths of a source's files. */
export function walkRoot(source: string): string {
  return slashed(source).replace(/(?<=[^/:])\/+$/, "");
}

function* walkDirectory(
  root: string,
  { ignore, dereference = false, isEntered, onSocket, onAttributes }: WalkOptions,
): Iterable<SourceFile> {
  const frames: Frame[] = [openFrame(root, "", undefined, undefined, dereference)];
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const entry = frame.entries[frame.next++];
    if (entry === undefined) {
      frames.pop();
      continue;
    }
    spareMemory();
    const path = frame.prefix + entry.name;
    const match = ignore?.match(path, frame.match);
    const ignored = match?.ignored === true;
    if (ignored && ignore?.mayBringBack(path) !== true) continue;

    const local = `${frame.directory}/${entry.name}`;
    const kind = resolveKind(local, kindOf(entry), dereference);
    const isDirectory = kind === "directory";
    if (ignored && !isDirectory) continue;
    if (kind === "a socket" && onSocket !== undefined) {
      onSocket(local);
      continue;
    }
    const file = addable(path, local, kind, {
      follow: dereference,
      parent: frame.listed,
      onAttributes: isDirectory || !frame.hasFile ? onAttributes : undefined,
    });
    if (!ignored) {
      if (kind === "file") frame.hasFile = true;
      // An ignored directory is yielded before the first file in it that is not ignored.
      for (const parent of frames) {
        if (parent.held === undefined) continue;
        yield parent.held;
        parent.held = undefined;
      }
      yield file;
    }
    if (!isDirectory || isEntered?.(path) === false) continue;
    const entered = openFrame(local, `${path}/`, match, ignored ? file : undefined, dereference);
    if (dereference) refuseCircle(entered, frames);
    frames.push(entered);
  }
}

/** Follows a link if requested, and reads the kind from the file if its directory does not tell. */
function resolveKind(local: string, kind: FileKind, dereference: boolean): FileKind {
  const known = kind !== "something special" && !(dereference && kind === "symlink");
  return known ? kind : attempt(local, () => fileStatus(local, dereference)).kind;
}

function addable(
  path: string,
  name: string,
  kind: FileKind,
  more: Pick<LocalFileOptions, "follow" | "parent" | "onAttributes">,
): LocalFile {
  if (kind === "file" || kind === "directory" || kind === "symlink") {
    return new LocalFile({ path, name, type: kind, ...more });
  }
  throw new Error(
    `Cannot add "${name}": it is ${kind}, and only files, directories and symbolic links can be added`,
  );
}

function openFrame(
  directory: string,
  prefix: string,
  match: IgnoreMatch | undefined,
  held: SourceFile | undefined,
  dereference: boolean,
): Frame {
  const { readdirSync } = builtin("node:fs");
  // The source itself may be a link; below it, a link can only have replaced a directory.
  const follow = dereference || prefix === "";
  const status = attempt(directory, () => fileStatus(directory, follow));
  const listed = { path: directory, identity: identityOf(status) ?? "" };
  if (status.kind !== "directory") {
    throw new Error(
      `Cannot add "${directory}": it changed while it was read, from a directory to ${status.kind}`,
    );
  }
  const entries = attempt(directory, () => readdirSync(directory, { withFileTypes: true }));
  // By code units, which no locale changes.
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  const identity = dereference ? identify(directory) : undefined;
  return { directory, prefix, entries, next: 0, match, held, hasFile: false, identity, listed };
}

function refuseCircle({ directory, identity }: Frame, parents: readonly Frame[]): void {
  const parent = parents.find((frame) => frame.identity === identity);
  if (parent === undefined) return;
  throw new Error(`Cannot add "${directory}": it leads back to "${parent.directory}"`);
}
