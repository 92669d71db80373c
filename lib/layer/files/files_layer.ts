/** Makes a layer of files. The same files give the same bytes, on any disk and for any user. */

import type { OptionNames } from "../../base/check_options.ts";
import type { ByteStream } from "../../base/bytes.ts";
import type { TarEntry } from "../../tar/entry.ts";
import { TarWriter, writeTar } from "../../tar/writer.ts";
import { isBaseDirectory } from "./base_directory.ts";
import type { FileMode } from "./file_mode.ts";
import { isBelow, normalizeImagePath } from "./image_path.ts";
import { LayerError } from "../layer_error.ts";
import { withGeneratedEntries } from "./generated_entries.ts";
import { mergeSources, type PlacedFile } from "./merge_sources.ts";
import type { Owner } from "./owner.ts";
import { checkOwner, resolveOwner } from "./resolve_owner.ts";
import type { BaseQuestions } from "../base/base_questions.ts";
import { resolveDestinations } from "./resolve_destinations.ts";
import { isRemoved, isWhiteout, planRemovals, readRemovals, WHITEOUT } from "./removals.ts";
import type { FileSource } from "./source_file.ts";

/** What a layer of files deletes, and the attributes of its entries. */
export interface FilesLayerOptions {
  /** Paths of the base to delete; what this layer adds there is kept. */
  readonly deletions?: readonly string[] | undefined;
  /** Directories of the base whose contents to delete; what this layer adds there is kept. */
  readonly opaque?: readonly string[] | undefined;
  /**
   * Whether there is no base: then all directories of the sources get entries.
   *
   * @default {false}
   */
  readonly onScratch?: boolean | undefined;
  /**
   * Owner of every entry: numbers, or `NAME[:GROUP]` as in `COPY --chown`, which is looked up in the base's `/etc/passwd` and
   * `/etc/group`.
   *
   * @default {{ uid: 0, gid: 0 }}
   */
  readonly owner?: Owner | string | undefined;
  /**
   * Changes permission bits.
   *
   * @default the files' own
   */
  readonly chmod?: FileMode | undefined;
  /**
   * Modification time of every entry in seconds since 1970, or "keep" for the files' own in whole seconds, as GNU tar keeps them.
   *
   * @default {0}
   */
  readonly mtime?: number | "keep" | undefined;
}

/** The names of all {@linkcode FilesLayerOptions}. */
export const FILES_LAYER_OPTIONS: OptionNames<FilesLayerOptions> = {
  deletions: true,
  opaque: true,
  onScratch: true,
  owner: true,
  chmod: true,
  mtime: true,
};

/** What a layer of files is made of. */
export interface FilesOptions extends FilesLayerOptions {
  /** The files. Of several with the same path in the image, the one of the last source is taken. */
  readonly sources?: readonly FileSource[] | undefined;
  /**
   * Whether a file always goes to its destination, and never into a directory there.
   *
   * @default {false}
   */
  readonly exactDestinations?: boolean | undefined;
  /**
   * Reads files before they are asked for, while others are compressed.
   *
   * @default none
   */
  readonly readAhead?: ReadAhead | undefined;
}

/**
 * A stage that reads files before they are needed, and gives them in the same order, some at a time. Their contents are valid until the
 * next ones are asked for.
 */
export type ReadAhead = (files: Iterable<PlacedFile>) => AsyncIterable<readonly PlacedFile[]>;

/**
 * Describes a layer. Nothing is read before it is opened, and each opening reads the files again.
 *
 * Whiteouts come first, then the files, sorted by path. Directories above the destinations have no entry, and neither have those
 * that every image has (`usr/lib`), since their modes in the base are not known here. See `isBaseDirectory` for what engines make of
 * that, and `DIRECTORY_MODES` for those that get an entry.
 *
 * @returns a function that opens the archive: an input for a layer. It asks the base, if it is given one, whether a destination is a
 * directory.
 * @throws {SyntaxError} if a path cannot be one in an image, or one to delete or hide is the root.
 * @throws {LayerError} while reading, if there is nothing to add and nothing to remove.
 */
export function filesLayer(options: FilesOptions): (base?: BaseQuestions) => ByteStream {
  const removals = readRemovals(options);
  const { sources = [], onScratch = false, exactDestinations = false, readAhead } = options;
  for (const { destination } of sources) normalizeImagePath(destination);
  checkOwner(options.owner);
  const isGone = (path: string): boolean => onScratch || isRemoved(path, removals);
  return async function* (base): ByteStream {
    const owner = await resolveOwner(options.owner, base);
    // COPY --chown gives new directories this owner, too.
    if (owner !== undefined) base?.useOwner?.(owner);
    const placed = exactDestinations
      ? sources
      : await resolveDestinations(sources, { base, isGone });
    const added = withoutBaseDirectories(checkFiles(mergeSources(placed)), isGone);
    const files = requireFiles(withGeneratedEntries(added, planRemovals(removals, placed)), placed);
    const toEntry = entryMaker({ ...options, owner });
    if (readAhead === undefined) yield* writeTar(entries(files, toEntry));
    else yield* writeAhead(readAhead(files), toEntry);
  };
}

function* entries(
  files: Iterable<PlacedFile>,
  toEntry: (file: PlacedFile) => TarEntry,
): Iterable<TarEntry> {
  for (const file of files) yield toEntry(file);
}

/** Writes an archive as `writeTar` does, but awaits once for each batch, not for each entry. */
async function* writeAhead(
  batches: AsyncIterable<readonly PlacedFile[]>,
  toEntry: (file: PlacedFile) => TarEntry,
): ByteStream {
  const writer = new TarWriter();
  for await (const batch of batches) {
    for (const file of batch) {
      const chunks = writer.add(toEntry(file));
      if (chunks !== undefined) yield* chunks;
    }
  }
  yield* writer.end();
}

/** Attributes of the entries of files. */
export interface EntryOptions extends Pick<FilesLayerOptions, "chmod" | "mtime"> {
  /** Numbers: names were looked up before. */
  readonly owner?: Owner | undefined;
}

/** Makes a function that turns files into entries, in order. It remembers the first path of each file that has several, for hard links. */
export function entryMaker(
  { owner, chmod, mtime: time = 0 }: EntryOptions,
): (placed: PlacedFile) => TarEntry {
  const { uid = 0, gid = 0 } = owner ?? {};
  // By source: a file that is added twice is two files, as after two COPYs.
  const firstNames = new Map<FileSource, Map<string, string>>();
  return ({ path, file, source }) => {
    const { type, identity, made } = file;
    const mode = type === "symlink"
      ? 0o777
      : made === undefined && chmod !== undefined
      ? chmod(file.mode, type === "directory")
      : file.mode;
    const mtime = time === "keep" ? file.mtime : time;
    if (identity !== undefined) {
      const names = firstNames.get(source) ?? new Map<string, string>();
      const linkPath = names.get(identity);
      if (linkPath !== undefined) {
        return { path, type: "hard-link", mode, uid, gid, mtime, size: 0, linkPath, ...made };
      }
      firstNames.set(source, names.set(identity, path));
    }
    if (type === "symlink") {
      const linkPath = file.linkPath ?? "";
      return { path, type, mode, uid, gid, mtime, size: 0, linkPath, ...made };
    }
    if (type === "directory") return { path, type, mode, uid, gid, mtime, size: 0, ...made };
    const { size } = file;
    const bytes = file.open?.() ?? NOTHING;
    const { records } = file;
    // Nearly all files are plain ones from disk. For them an object spread would cost as much as writing the header.
    if (made === undefined && records === undefined) {
      return { path, type, mode, uid, gid, mtime, size, content: bytes };
    }
    const more = records === undefined ? made : { records, ...made };
    return { path, type, mode, uid, gid, mtime, size, content: bytes, ...more };
  };
}

const NOTHING = new Uint8Array(0);

/** Refuses a layer without any entry. */
function* requireFiles(
  files: Iterable<PlacedFile>,
  sources: readonly FileSource[],
): Iterable<PlacedFile> {
  let isEmpty = true;
  for (const placed of files) {
    isEmpty = false;
    yield placed;
  }
  if (!isEmpty) return;
  if (sources.length === 0) throw new LayerError("Cannot make a layer of no files");
  const names = sources.map(({ name }) => `"${name}"`).join(", ");
  throw new LayerError(
    `Cannot add ${names}: there is nothing to add: the directory is empty, or all of it is ignored`,
  );
}

/** Refuses files that an image cannot hold at their path. */
export function* checkFiles(files: Iterable<PlacedFile>): Iterable<PlacedFile> {
  /** The last entry that is no directory, below which nothing can be. */
  let leaf: PlacedFile | undefined;
  for (const placed of files) {
    const { path, file: { name, type, made } } = placed;
    if (made === undefined && isWhiteout(path)) {
      throw new Error(
        `Cannot add "${name}": in a layer, a name that starts with "${WHITEOUT}" deletes a file`,
      );
    }
    if (leaf !== undefined && isBelow(path, leaf.path)) {
      throw new Error(
        `Cannot add "${name}" at "/${path}": "${leaf.file.name}" is added as a file at "/${leaf.path}"`,
      );
    }
    if (type !== "directory") leaf = placed;
    yield placed;
  }
}

/**
 * Leaves out directories that nearly every base has, unless they are empty: then they were meant to be added.
 *
 * @param isGone Whether the layer deletes the directory of the base.
 */
function* withoutBaseDirectories(
  files: Iterable<PlacedFile>,
  isGone: (path: string) => boolean,
): Iterable<PlacedFile> {
  let held: PlacedFile | undefined;
  for (const placed of files) {
    const { path, file: { type, made } } = placed;
    if (held !== undefined && !isBelow(path, held.path)) yield held;
    held = undefined;
    if (
      type === "directory" && made === undefined && isBaseDirectory(path) && !isGone(path)
    ) held = placed;
    else yield placed;
  }
  if (held !== undefined) yield held;
}
