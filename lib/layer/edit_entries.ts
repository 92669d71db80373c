/** Edits the entries of a given archive: prefix, owner, mode and time. */

import { checkOptions, type OptionNames } from "../base/check_options.ts";
import type { Transform } from "../base/bytes.ts";
import type { TarEntryHeader } from "../tar/entry.ts";
import { rewriteTar } from "../tar/rewriter.ts";
import type { FileMode } from "./files/file_mode.ts";
import { imagePathOf, joinImagePath, normalizeImagePath } from "./files/image_path.ts";
import { LayerError } from "./layer_error.ts";
import { PathTable } from "./path_table.ts";
import { show } from "./refuse_entry.ts";
import type { Owner } from "./files/owner.ts";

/** Changes to every entry. */
export interface EditEntriesOptions {
  /** A directory of the image that all entries are put into. */
  readonly prefix?: string | undefined;
  /** Owner of every entry. */
  readonly owner?: Owner | undefined;
  /** Changes the permission bits of every entry. */
  readonly chmod?: FileMode | undefined;
  /** Modification time in seconds since 1970. */
  readonly mtime?: number | undefined;
}

const OPTIONS: OptionNames<EditEntriesOptions> = {
  prefix: true,
  owner: true,
  chmod: true,
  mtime: true,
};

/**
 * A stage that changes the entries of an archive; undefined if there is nothing to change.
 *
 * The stage throws a `LayerError` for an entry that would leave the prefix.
 *
 * @example
 * ```ts
 * import { addFiles, editEntries } from "@x/appendlayer/files";
 *
 * const archive = addFiles({ additions: [{ source: "site", destination: "/" }] })();
 * const below = editEntries({ prefix: "/srv", owner: { uid: 1000, gid: 1000 } })?.(archive);
 * ```
 * @throws {SyntaxError} if the prefix leaves the root of the image.
 */
export function editEntries(options: EditEntriesOptions): Transform | undefined {
  checkOptions(options, OPTIONS, "editEntries()");
  const prefix = normalizeImagePath(options.prefix ?? "");
  const { owner, chmod, mtime } = options;
  if (prefix === "" && owner === undefined && chmod === undefined && mtime === undefined) {
    return undefined;
  }
  return (source) => {
    const links = prefix === "" ? undefined : new LinkGuard(prefix);
    return rewriteTar((entry): TarEntryHeader => {
      links?.check(entry);
      return {
        ...entry,
        ...(prefix === "" ? {} : movePaths(entry, prefix)),
        // Many programs prefer names to numbers, so the names are removed.
        ...(owner === undefined ? {} : { ...owner, userName: "", groupName: "" }),
        ...(chmod === undefined || entry.type === "symlink"
          ? {}
          : { mode: chmod(entry.mode, entry.type === "directory") }),
        ...(mtime === undefined ? {} : { mtime }),
      };
    })(source);
  };
}

/**
 * Refuses entries below symbolic links of the same archive, since engines follow the links out of the prefix: umoci overwrote the base's
 * `/etc/passwd` for an archive of `a -> /etc` and `a/passwd`.
 */
class LinkGuard {
  readonly #prefix: string;
  readonly #links = new PathTable();
  #hasLinks = false;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** @throws {LayerError} if the entry, or the target of a hard link, is below a symbolic link. */
  check({ path, type, linkPath = "" }: TarEntryHeader): void {
    if (this.#hasLinks) {
      this.#require(path, imagePathOf(path) ?? "");
      if (type === "hard-link") this.#require(path, imagePathOf(linkPath) ?? "");
    }
    if (type !== "symlink") return;
    this.#hasLinks = true;
    this.#links.set(imagePathOf(path) ?? "", 1);
  }

  #require(path: string, place: string): void {
    for (let end = place.indexOf("/"); end >= 0; end = place.indexOf("/", end + 1)) {
      if (this.#links.get(place, end) === 0) continue;
      const link = show(place.slice(0, end));
      throw new LayerError(
        `Cannot put the entry ${
          show(path)
        } below "/${this.#prefix}": it is below the symbolic link ${link} of the same archive, which may lead out of it; put it where the link leads, or leave one of them out`,
      );
    }
  }
}

/**
 * Puts an entry below the prefix. The target of a hard link is another entry, which moves too; that of a symlink stays as it is.
 *
 * @throws {LayerError} if the path or the target leaves the root of the archive, and so the prefix.
 */
function movePaths(
  { path, type, linkPath }: TarEntryHeader,
  prefix: string,
): Pick<TarEntryHeader, "path" | "linkPath"> {
  const move = (part: string, name: string): string => {
    try {
      return joinImagePath(prefix, normalizeImagePath(part));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new LayerError(`Cannot put ${name} below "/${prefix}": ${error.message}`, {
        cause: error,
      });
    }
  };
  const shown = JSON.stringify(path);
  const moved = move(path, `the entry ${shown}`);
  return {
    path: type === "directory" ? `${moved}/` : moved,
    ...(type === "hard-link" && linkPath !== undefined
      ? { linkPath: move(linkPath, `the hard link ${shown}`) }
      : {}),
  };
}
