/** Makes a layer that makes directories of the image equal to entries that a program gives, on every runtime and without files. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import { createSha256 } from "../../base/hash/sha256.ts";
import { IgnoreRules } from "../files/ignore.ts";
import { compareImagePaths, normalizeImagePath, parentOf } from "../files/image_path.ts";
import type { SourceFile } from "../files/source_file.ts";
import { type LayerStream, type NamedLayerInput, openableInput } from "../layer_input.ts";
import { IgnoredPaths } from "./sync_difference.ts";
import type { SyncInput } from "./sync_input.ts";
import { syncLayer } from "./sync_layer.ts";
import type { SyncOptions } from "./sync_options.ts";

/** A file, directory or symlink that is to be in a directory of the image. */
export interface SyncEntry {
  /** Relative to the directory, with `/`. Directories above it that have no entry are made with mode 0o755. */
  readonly path: string;
  /**
   * What it is.
   *
   * @default {"file"}
   */
  readonly type?: SourceFile["type"] | undefined;
  /**
   * Permission bits, up to 0o7777; a symlink has none.
   *
   * @default {0o644} for a file, 0o755 for a directory
   */
  readonly mode?: number | undefined;
  /**
   * Modification time in seconds since 1970, which is used if the option `mtime` is "keep".
   *
   * @default {0}
   */
  readonly mtime?: number | undefined;
  /** Target of a symlink. */
  readonly linkPath?: string | undefined;
  /**
   * The content of a file. A function is called for each reading: to compare, if the base has a file of the same size at the path, and to
   * write what differs; this for each image of an index, and again for each restart of an upload.
   *
   * @default nothing
   */
  readonly content?:
    | Uint8Array
    | Blob
    | (() => LayerStream | Promise<LayerStream>)
    | undefined;
  /** Bytes of the content, no more and no less; a function needs it. */
  readonly size?: number | undefined;
}

/** A directory of the image, and all that is to be in it. */
export interface SyncDirectory {
  /** Path in the image; links to it are followed. */
  readonly destination: string;
  /** What is to be in it, in any order. */
  readonly entries: Iterable<SyncEntry>;
}

/** Options of {@linkcode syncEntries}. */
export interface SyncEntriesOptions extends SyncOptions {
  /** Directories, each with what is to be in it. */
  readonly directories: readonly SyncDirectory[];
}

const OPTIONS: OptionNames<SyncEntriesOptions> = {
  directories: true,
  owner: true,
  chmod: true,
  mtime: true,
  ignore: true,
  allowEmpty: true,
  onDifference: true,
};

const TYPES: readonly SourceFile["type"][] = ["file", "directory", "symlink"];

const DIRECTORY_FIELDS: OptionNames<SyncDirectory> = { destination: true, entries: true };

const ENTRY_FIELDS: OptionNames<SyncEntry> = {
  path: true,
  type: true,
  mode: true,
  mtime: true,
  linkPath: true,
  content: true,
  size: true,
};

/**
 * Makes a layer that makes directories of the image equal to what a program gives, and holds only what differs from the base. It is
 * `syncFiles` for programs without files, as on Workers and in browsers. The entries are held in memory; their contents are read one by
 * one while the layer is made.
 *
 * The contents of the base are known from `host.cache` of the verb, from the layers' tables of contents, or from the layers themselves.
 *
 * @returns an input for a layer, which must lie below others that touch the same directories.
 * @throws {TypeError} if an option or a field is unknown or missing, or a content is a stream, which cannot be read twice.
 * @throws {RangeError} if a content has another size than its entry says.
 * @throws {SyntaxError} if a pattern or a path is malformed, a path comes twice, or a directory is the root.
 * @example
 * ```ts
 * import { appendLayer } from "@x/appendlayer";
 * import { syncEntries } from "@x/appendlayer/files";
 *
 * const bucket = new Map([["index.html", new Blob(["<h1>Hello</h1>"])]]);
 * const entries = [...bucket].map(([path, { size }]) => ({
 *   path,
 *   size,
 *   content: () => bucket.get(path)!.stream(),
 * }));
 * const layer = syncEntries({ directories: [{ entries, destination: "/srv/site" }] });
 * await appendLayer("scratch", "oci:entries:7", { layers: [layer] });
 * const { unchanged } = await appendLayer("oci:entries:7", "oci:entries:8", { layers: [layer] });
 * console.log(unchanged); // true
 * ```
 */
export function syncEntries(options: SyncEntriesOptions): NamedLayerInput {
  checkOptions(options, OPTIONS, "syncEntries()");
  const { directories, ignore = [], ...others } = options;
  const rules = ignore.length === 0 ? undefined : new IgnoreRules(ignore);
  const ignored = new IgnoredPaths(".", rules);
  const sources = directories.map((directory) => {
    checkOptions(directory, DIRECTORY_FIELDS, "syncEntries() in directories");
    const { destination, entries } = directory;
    const files = sortedFiles(entries, (path) => ignored.has(`./${path}`));
    return { name: "entries", destination, files: () => files };
  });
  const input: SyncInput = {
    name: "the synced entries",
    history: directories.map(({ destination }) => `SYNC ${destination}`).join(", "),
    isOptional: true,
    isDifference: true,
    input: syncLayer({ ...others, sources, ignore: rules, createHasher: createSha256 }),
  };
  return input;
}

/** The entries that are not ignored, with the directories above them, in the order of `compareImagePaths`. */
function sortedFiles(
  entries: Iterable<SyncEntry>,
  isIgnored: (path: string) => boolean,
): readonly SourceFile[] {
  const given = new Map<string, SourceFile>();
  for (const entry of entries) {
    const file = toFile(entry);
    if (given.has(file.path)) throw new SyntaxError(`${refusal(file.path)}: it comes twice`);
    given.set(file.path, file);
  }
  const kept = new Map<string, SourceFile>();
  for (const [path, file] of given) {
    if (isIgnored(path)) continue;
    kept.set(path, file);
    for (let at = parentOf(path); at && !kept.has(at); at = parentOf(at)) {
      kept.set(at, given.get(at) ?? toFile({ path: at, type: "directory" }));
    }
  }
  return [...kept.values()].sort((a, b) => compareImagePaths(a.path, b.path));
}

function toFile(entry: SyncEntry): SourceFile {
  checkOptions(entry, ENTRY_FIELDS, "syncEntries() in entries");
  const { path: name, type = "file", mtime = 0, linkPath, content } = entry;
  const path = normalizeImagePath(name);
  if (path === "") throw new SyntaxError(`${refusal(name)}: it is the directory itself`);
  if (!TYPES.includes(type)) {
    throw new TypeError(`${refusal(name)}: expected one of ${TYPES.join(", ")}, got ${type}`);
  }
  if ((type === "symlink") !== (linkPath !== undefined)) {
    throw new TypeError(`${refusal(name)}: a symlink needs a linkPath, and nothing else has one`);
  }
  if (type !== "file" && content !== undefined) {
    throw new TypeError(`${refusal(name)}: only a file has content`);
  }
  const { mode = type === "directory" ? 0o755 : 0o644 } = entry;
  const file = { path, name, type, mode, mtime, linkPath, size: sizeOf(entry) };
  if (content === undefined) return file;
  if (content instanceof Uint8Array) return { ...file, open: () => content as Bytes };
  return { ...file, open: () => openContent(name, content) };
}

function sizeOf({ path, content, size }: SyncEntry): number {
  const own = ownSize(path, content) ?? size;
  if (own === undefined) {
    throw new TypeError(`${refusal(path)}: what a function gives needs a size`);
  }
  if (size === undefined || size === own) return own;
  throw new RangeError(`${refusal(path)}: its size is ${size} bytes and its content has ${own}`);
}

/** The size of a content; undefined if it is known only once that was read. */
function ownSize(path: string, content: SyncEntry["content"]): number | undefined {
  if (content === undefined) return 0;
  if (content instanceof Uint8Array) return content.length;
  if (content instanceof Blob) return content.size;
  if (typeof content === "function") return undefined;
  throw new TypeError(
    `${
      refusal(path)
    }: expected bytes, a Blob or a function that opens a stream, got ${typeof content}`,
  );
}

function openContent(
  name: string,
  input: Blob | (() => LayerStream | Promise<LayerStream>),
): ByteStream {
  return openableInput({ name: JSON.stringify(name), input }).open();
}

function refusal(path: string): string {
  return `Cannot sync ${JSON.stringify(path)}`;
}
