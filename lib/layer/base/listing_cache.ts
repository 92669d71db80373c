/** Remembers from run to run what layers of bases say of their paths. No content of theirs is kept. */

import type { CacheStore } from "../../storage/cache_store.ts";
import { getLines, putLines } from "../../storage/line_store.ts";
import type { LayerListing } from "./layer_listing.ts";
import type { ListedEntry } from "./listed_entry.ts";

/** Raised when the form below changes: older ones are not read any more. */
const FORMAT = 2;

/** The first line: whether it is known what files have in them. */
type Head = readonly ["h", isDetailed: 0 | 1];

/**
 * A line of a listing: a directory, a symlink, anything else, a whiteout, an opaque directory. A directory or file that has extended
 * attributes says so.
 */
type Line =
  | readonly ["d", path: string, mode: number, uid: number, gid: number, mtime: number, x: 0 | 1]
  | readonly ["l", path: string, target: string, uid: number, gid: number, mtime: number]
  | readonly [
    ...["r", path: string, mode: number, uid: number, gid: number, mtime: number, x: 0 | 1],
    ...[size: number, hash: string, link: string],
  ]
  | readonly ["f" | "w" | "o", path: string];

/** Listings of layers by their digests. */
export class ListingCache {
  readonly #store: CacheStore;
  readonly #place: string;

  /**
   * @param place The registry and repository: what was read only in part was not verified, and counts for the same place alone.
   */
  constructor(store: CacheStore, place: string) {
    this.#store = store;
    this.#place = place;
  }

  /**
   * Fills a listing with what is known of a layer; one that was read to its end is complete then.
   *
   * @param table Digest of the table of contents that the layer's descriptor names, if it does.
   */
  async load(digest: string, listing: LayerListing, table?: string): Promise<void> {
    const part = this.#partName(digest);
    const names = [wholeName(digest), ...table === undefined ? [] : [tableName(table)], part];
    for (const name of names) {
      const lines = await getLines(this.#store, name);
      if (lines === undefined) continue;
      const isDetailed = await fill(listing, lines).catch(() => undefined);
      if (isDetailed === undefined) {
        listing.clear();
        continue;
      }
      if (name !== part) listing.complete(isDetailed);
      return;
    }
  }

  /**
   * Keeps what is known of a layer.
   *
   * @param table Digest of the table of contents that it is known from. A manifest can name a table for a layer that is another's: that
   * counts for those alone who name the same table.
   */
  async save(digest: string, listing: LayerListing, table?: string): Promise<void> {
    const whole = table === undefined ? wholeName(digest) : tableName(table);
    const name = listing.isComplete ? whole : this.#partName(digest);
    await putLines(this.#store, name, linesOf(listing));
  }

  #partName(digest: string): string {
    return `listing ${FORMAT} part ${this.#place} ${digest}`;
  }
}

function wholeName(digest: string): string {
  return `listing ${FORMAT} whole ${digest}`;
}

function tableName(digest: string): string {
  return `listing ${FORMAT} table ${digest}`;
}

function* linesOf(listing: LayerListing): Iterable<Head | Line> {
  yield ["h", listing.isDetailed ? 1 : 0];
  for (const [path, entry] of listing.entries()) yield lineOf(path, entry);
  const { whiteouts, opaque } = listing.removals();
  for (const path of whiteouts) yield ["w", path];
  for (const path of opaque) yield ["o", path];
}

function lineOf(path: string, entry: ListedEntry): Line {
  if (entry.kind === "symlink") {
    const { uid = 0, gid = 0, mtime = 0 } = entry.attributes ?? {};
    return ["l", path, entry.target, uid, gid, mtime];
  }
  const attributes = entry.kind === "directory" ? entry : entry.attributes;
  if (attributes === undefined) return ["f", path];
  const { mode, uid, gid, mtime, isExtended } = attributes;
  const x = isExtended === true ? 1 : 0;
  if (entry.kind === "directory") return ["d", path, mode, uid, gid, mtime, x];
  const { size = 0, hash = "", link = "" } = entry.attributes ?? {};
  return ["r", path, mode, uid, gid, mtime, x, size, hash, link];
}

/** @returns whether it is detailed. */
async function fill(listing: LayerListing, lines: AsyncIterable<unknown>): Promise<boolean> {
  let isDetailed: boolean | undefined;
  for await (const line of lines) {
    if (!Array.isArray(line)) throw new SyntaxError("not a listing");
    if (isDetailed === undefined) {
      if (line[0] !== "h") throw new SyntaxError("not a listing");
      isDetailed = line[1] === 1;
    } else if (isLine(line)) take(line, listing);
    else throw new SyntaxError("not a listing");
  }
  if (isDetailed === undefined) throw new SyntaxError("not a listing");
  return isDetailed;
}

function take(line: Line, listing: LayerListing): void {
  switch (line[0]) {
    case "d": {
      const [, path, mode, uid, gid, mtime, x] = line;
      const extended = x === 1 ? { isExtended: true } as const : {};
      return listing.put(path, { kind: "directory", mode, uid, gid, mtime, ...extended });
    }
    case "l": {
      const [, path, target, uid, gid, mtime] = line;
      return listing.put(path, { kind: "symlink", target, attributes: { uid, gid, mtime } });
    }
    case "r": {
      const [, path, mode, uid, gid, mtime, x, size, hash, link] = line;
      const extended = x === 1 ? { isExtended: true } as const : {};
      const linked = link === "" ? {} : { link };
      const attributes = { mode, uid, gid, mtime, size, hash, ...extended, ...linked };
      return listing.put(path, { kind: "file", attributes });
    }
    case "f":
      return listing.put(line[1], { kind: "file" });
    case "w":
      return listing.hide(line[1]);
    case "o":
      return listing.hideBelow(line[1]);
  }
}

function isLine(line: readonly unknown[]): line is Line {
  if (typeof line[1] !== "string") return false;
  const rest = line.slice(2);
  switch (line[0]) {
    case "d":
      return rest.length === 5 && rest.every(Number.isFinite);
    case "l":
      return typeof rest[0] === "string" && rest.slice(1).every(Number.isFinite);
    case "r":
      return rest.length === 8 && rest.slice(0, 6).every(Number.isFinite) &&
        isHash(rest[6]) && typeof rest[7] === "string";
    default:
      return ["f", "w", "o"].includes(line[0] as string);
  }
}

/** Whether it is SHA-256 in base64. */
function isHash(value: unknown): boolean {
  return typeof value === "string" && /^[A-Za-z0-9+/]{43}=$/.test(value);
}
