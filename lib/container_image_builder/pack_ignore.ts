/** Which files `addFiles` and `pack` leave out: by globs at the root, ignore files in any directory, and a filter. */

import type { Ignore, IgnoreMatch } from "../layer/files/ignore.ts";
import type { LocalFiles } from "../layer/files/local_files.ts";
import { PackRules } from "./pack_rules.ts";

/** Options of {@linkcode createPackIgnore}. */
export interface PackIgnoreOptions {
  /**
   * Globs of micromatch, relative to the local directory: `*`, `**`, `?`, `[a-z]`, `[[:digit:]]`, `{a,b}`, `{1..9}`, `(a|b)`, `+(a|b)` and
   * the like. `*` does not match a name that starts with a dot. Each glob counts by itself: `!a` leaves out everything but `a`, and does
   * not bring back what another glob leaves out. Paths have no slash at their start or end, so that `/a` and `a/` match nothing.
   */
  readonly ignores?: readonly string[] | undefined;
  /** Names of files that may be in any directory and have such globs, relative to that directory. */
  readonly ignoreFiles?: readonly string[] | undefined;
  /** Called with a directory's absolute path and the names in it; names that it does not return are left out. */
  readonly filter?:
    | ((
      directory: string,
      names: string[],
    ) => readonly string[] | Promise<readonly string[]>)
    | undefined;
  /**
   * How many levels of directories are packed: with 1, what is directly in the local directory, without the content of its directories.
   *
   * @default {0}, no limit
   */
  readonly "max_depth"?: number | undefined;
  /**
   * The same as a `max_depth` of 1.
   *
   * @default {false}
   */
  readonly "no_recurse"?: boolean | undefined;
}

/** Rules for a directory and everything below it. */
interface Scope {
  /** The directory's path relative to the source, with a trailing slash; empty for the source itself. */
  readonly prefix: string;
  readonly rules: PackRules;
}

/**
 * Prepares the rules for one local path. A path is left out if any rule says so.
 *
 * @returns undefined if nothing is left out.
 */
export async function createPackIgnore(
  source: string,
  options: PackIgnoreOptions,
  files: LocalFiles,
): Promise<Ignore | undefined> {
  const { ignores = [], ignoreFiles = [], filter } = options;
  const depth = maxDepth(options);
  const isAll = ignores.length === 0 && ignoreFiles.length === 0 && filter === undefined;
  // A local path that is a file is never left out.
  if (isAll && depth === Infinity || files.names(source) === undefined) return undefined;
  const kept = filter === undefined ? undefined : await askFilter(source, filter, depth, files);
  return new PackIgnore(source, { ignores, ignoreFiles, depth, files, kept });
}

/**
 * The number of levels that are walked.
 *
 * @throws {TypeError} if it is invalid.
 */
function maxDepth({ max_depth: depth = 0, no_recurse: isFlat = false }: PackIgnoreOptions): number {
  if (!Number.isInteger(depth) || depth < 0) {
    throw new TypeError(
      `Cannot use ${JSON.stringify(depth)} as max_depth: expected a whole number`,
    );
  }
  if (isFlat) return 1;
  return depth === 0 ? Infinity : depth;
}

interface PackIgnoreParts {
  readonly ignores: readonly string[];
  readonly ignoreFiles: readonly string[];
  readonly depth: number;
  readonly files: LocalFiles;
  readonly kept: ReadonlyMap<string, ReadonlySet<string>> | undefined;
}

class PackIgnore implements Ignore {
  readonly #source: string;
  readonly #depth: number;
  readonly #ignoreFiles: readonly string[];
  readonly #files: LocalFiles;
  readonly #kept: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  /** The rules for each directory, including those of its parents. */
  readonly #scopes = new Map<string, readonly Scope[]>();

  constructor(
    source: string,
    { ignores, ignoreFiles, depth, files, kept }: PackIgnoreParts,
  ) {
    this.#source = source;
    this.#depth = depth;
    this.#ignoreFiles = ignoreFiles;
    this.#files = files;
    this.#kept = kept;
    const own = this.#scopeOf("", ignores);
    this.#scopes.set("", own === undefined ? [] : [own]);
  }

  match(path: string): IgnoreMatch {
    const [directory, name] = splitPath(path);
    const ignored = this.#kept?.get(directory)?.has(name) === false ||
      depthOf(path) > this.#depth ||
      this.#scopesFor(directory).some(({ prefix, rules }) =>
        rules.ignores(path.slice(prefix.length))
      );
    return { ignored, hits: [] };
  }

  /** Nothing in a directory that is left out can be brought back. */
  mayBringBack(): boolean {
    return false;
  }

  #scopesFor(directory: string): readonly Scope[] {
    const known = this.#scopes.get(directory);
    if (known !== undefined) return known;
    const [parent] = splitPath(directory.slice(0, -1));
    const above = this.#scopesFor(parent);
    const own = this.#scopeOf(directory, []);
    const scopes = own === undefined ? above : [...above, own];
    this.#scopes.set(directory, scopes);
    return scopes;
  }

  #scopeOf(prefix: string, ignores: readonly string[]): Scope | undefined {
    const patterns = this.#ignoreFiles.flatMap((name) => {
      const text = this.#files.text(joinLocal(this.#source, prefix + name));
      return text === undefined ? [] : parseLines(text);
    });
    const all = [...ignores, ...patterns];
    return all.length === 0 ? undefined : { prefix, rules: new PackRules(all) };
  }
}

/** The patterns of an ignore file. Spaces around a pattern are part of it. */
function parseLines(text: string): string[] {
  return text.trim().split(/\r\n|\n|\r/).filter((line) =>
    line.trim() !== "" && !line.startsWith("#")
  );
}

/** Calls a filter for every directory that it keeps. This is done before the walk, since the filter may be asynchronous. */
async function askFilter(
  source: string,
  filter: NonNullable<PackIgnoreOptions["filter"]>,
  depth: number,
  files: LocalFiles,
): Promise<Map<string, ReadonlySet<string>>> {
  const root = files.absolute(source);
  const kept = new Map<string, ReadonlySet<string>>();
  const waiting = [""];
  for (let prefix = waiting.pop(); prefix !== undefined; prefix = waiting.pop()) {
    const directory = prefix === "" ? root : files.absolute(joinLocal(root, prefix));
    const names = files.names(directory);
    if (names === undefined || names.length === 0) continue;
    const wanted: unknown = await filter(directory, [...names]);
    if (!Array.isArray(wanted)) {
      throw new TypeError(
        `Cannot filter "${directory}": expected an array of names, got ${typeof wanted}`,
      );
    }
    const strange = wanted.find((name) => !names.includes(name));
    if (strange !== undefined) {
      throw new TypeError(
        `Cannot filter "${directory}": there is no ${JSON.stringify(strange)} in it`,
      );
    }
    kept.set(prefix, new Set(wanted));
    if (depthOf(prefix) >= depth) continue;
    for (const name of wanted) waiting.push(`${prefix}${name}/`);
  }
  return kept;
}

/** The level of a path: 1 directly in the local directory. For a path with a trailing slash, the level of that directory's content. */
function depthOf(path: string): number {
  return path.split("/").length;
}

function splitPath(path: string): [directory: string, name: string] {
  const slash = path.lastIndexOf("/") + 1;
  return [path.slice(0, slash), path.slice(slash)];
}

function joinLocal(directory: string, path: string): string {
  return `${directory.replace(/[\\/]+$/, "")}/${path}`;
}
