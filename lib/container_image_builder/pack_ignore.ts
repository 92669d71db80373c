/** What `addFiles` and `pack` leave out: globs at the root, ignore files in any directory, and a filter. */

import {
  type Ignore,
  type IgnoreMatch,
  IgnoreRules,
  parseIgnoreFile,
} from "../layer/files/ignore.ts";
import type { LocalFiles } from "../layer/files/local_files.ts";

/** Options of {@linkcode createPackIgnore}. */
export interface PackIgnoreOptions {
  /**
   * Globs, at the root of the local directory: `.dockerignore` rules and `{a,b}`, so that the last one that matches decides and `!` brings
   * back.
   */
  readonly ignores?: readonly string[] | undefined;
  /** Names of files, in any directory, with such globs for what is in that directory. */
  readonly ignoreFiles?: readonly string[] | undefined;
  /** Called with a directory and the names in it; what it does not give back is left out. */
  readonly filter?:
    | ((
      directory: string,
      names: string[],
    ) => readonly string[] | Promise<readonly string[]>)
    | undefined;
}

/** Rules that hold in a directory and below. */
interface Scope {
  /** Relative to the source, with a slash at its end; empty for the source itself. */
  readonly prefix: string;
  readonly rules: IgnoreRules;
}

/** What all scopes say of a path. */
interface ScopedMatch extends IgnoreMatch {
  readonly parts: ReadonlyMap<Scope, IgnoreMatch>;
}

/**
 * Prepares to walk one local path. A path is left out if any of the rules that hold for it say so.
 *
 * @returns undefined if nothing is to be left out.
 */
export async function createPackIgnore(
  source: string,
  options: PackIgnoreOptions,
  files: LocalFiles,
): Promise<Ignore | undefined> {
  const { ignores = [], ignoreFiles = [], filter } = options;
  if (ignores.length === 0 && ignoreFiles.length === 0 && filter === undefined) return undefined;
  const kept = filter === undefined ? undefined : await askFilter(source, filter, files);
  return new PackIgnore(source, ignores, ignoreFiles, files, kept);
}

class PackIgnore implements Ignore {
  readonly #source: string;
  readonly #ignoreFiles: readonly string[];
  readonly #files: LocalFiles;
  readonly #kept: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  /** By directory, with those of the directories above. */
  readonly #scopes = new Map<string, readonly Scope[]>();

  constructor(
    source: string,
    ignores: readonly string[],
    ignoreFiles: readonly string[],
    files: LocalFiles,
    kept: ReadonlyMap<string, ReadonlySet<string>> | undefined,
  ) {
    this.#source = source;
    this.#ignoreFiles = ignoreFiles;
    this.#files = files;
    this.#kept = kept;
    const own = this.#scopeOf("", ignores);
    this.#scopes.set("", own === undefined ? [] : [own]);
  }

  match(path: string, parent?: IgnoreMatch): ScopedMatch {
    const above = (parent as ScopedMatch | undefined)?.parts;
    const [directory, name] = splitPath(path);
    let ignored = this.#kept?.get(directory)?.has(name) === false;
    const parts = new Map<Scope, IgnoreMatch>();
    for (const scope of this.#scopesFor(directory)) {
      const match = scope.rules.match(path.slice(scope.prefix.length), above?.get(scope));
      parts.set(scope, match);
      ignored ||= match.ignored;
    }
    return { ignored, hits: [], parts };
  }

  mayBringBack(directory: string): boolean {
    const [parent, name] = splitPath(directory);
    if (this.#kept?.get(parent)?.has(name) === false) return false;
    return this.#scopesFor(parent).some(({ prefix, rules }) =>
      rules.mayBringBack(directory.slice(prefix.length))
    );
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
      return text === undefined ? [] : parseIgnoreFile(text);
    });
    const all = [...ignores, ...patterns].flatMap(expandBraces);
    return all.length === 0 ? undefined : { prefix, rules: new IgnoreRules(all) };
  }
}

/** Asks a filter about every directory that it keeps; it may take its time, which a walk cannot. */
async function askFilter(
  source: string,
  filter: NonNullable<PackIgnoreOptions["filter"]>,
  files: LocalFiles,
): Promise<Map<string, ReadonlySet<string>>> {
  const kept = new Map<string, ReadonlySet<string>>();
  const waiting = [""];
  for (let prefix = waiting.pop(); prefix !== undefined; prefix = waiting.pop()) {
    const directory = prefix === "" ? source : joinLocal(source, prefix.slice(0, -1));
    const names = files.names(directory);
    if (names === undefined) continue;
    const requested = new Set(await filter(directory, [...names]));
    kept.set(prefix, requested);
    for (const name of names) if (requested.has(name)) waiting.push(`${prefix}${name}/`);
  }
  return kept;
}

/** Writes `a{b,c}` out as `ab` and `ac`, innermost first, as shells and micromatch do. */
export function expandBraces(pattern: string): string[] {
  const match = /^(.*)\{([^{},]*(?:,[^{},]*)+)\}(.*)$/s.exec(pattern);
  if (match === null) return [pattern];
  const [, before = "", choices = "", after = ""] = match;
  return choices.split(",").flatMap((choice) => expandBraces(before + choice + after));
}

function splitPath(path: string): [directory: string, name: string] {
  const slash = path.lastIndexOf("/") + 1;
  return [path.slice(0, slash), path.slice(slash)];
}

function joinLocal(directory: string, path: string): string {
  return `${directory.replace(/[\\/]+$/, "")}/${path}`;
}
