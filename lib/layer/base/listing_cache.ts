/** Remembers from run to run what layers of bases say of their paths. No content of theirs is kept. */

import type { Bytes } from "../../base/bytes.ts";
import { collectBytes } from "../../base/collect.ts";
import { fromReadable } from "../../base/readable.ts";
import type { CacheStore } from "../../storage/cache_store.ts";
import type { LayerListing, ListedEntry } from "./layer_listing.ts";

/** Raised when the form below changes: older ones are not read any more. */
const FORMAT = 1;

/** Bytes of a listing as text: what is larger is neither kept nor read. */
const LARGEST = 64 * 1024 * 1024;

/** A line of a listing: a directory, a symlink, anything else, a whiteout, an opaque directory. */
type Line =
  | readonly ["d", path: string, mode: number, uid: number, gid: number, mtime: number]
  | readonly ["l", path: string, target: string]
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

  /** Fills a listing with what is known of a layer; one that was read to its end is complete then. */
  async load(digest: string, listing: LayerListing): Promise<void> {
    for (const name of [wholeName(digest), this.#partName(digest)]) {
      const bytes = await this.#store.get(name);
      const lines = bytes && await parse(bytes).catch(() => undefined);
      if (lines === undefined) continue;
      for (const line of lines) take(line, listing);
      if (name === wholeName(digest)) listing.complete();
      return;
    }
  }

  /** Keeps what is known of a layer. */
  async save(digest: string, listing: LayerListing): Promise<void> {
    const name = listing.isComplete ? wholeName(digest) : this.#partName(digest);
    const text = format(listing);
    if (text.length <= LARGEST) await this.#store.put(name, await compress(text));
  }

  #partName(digest: string): string {
    return `listing ${FORMAT} part ${this.#place} ${digest}`;
  }
}

function wholeName(digest: string): string {
  return `listing ${FORMAT} whole ${digest}`;
}

function format(listing: LayerListing): string {
  const lines: Line[] = [];
  for (const [path, entry] of listing.entries()) lines.push(lineOf(path, entry));
  const { whiteouts, opaque } = listing.removals();
  for (const path of whiteouts) lines.push(["w", path]);
  for (const path of opaque) lines.push(["o", path]);
  return JSON.stringify(lines);
}

function lineOf(path: string, entry: ListedEntry): Line {
  if (entry.kind === "symlink") return ["l", path, entry.target];
  if (entry.kind === "file") return ["f", path];
  const { mode, uid, gid, mtime } = entry;
  return ["d", path, mode, uid, gid, mtime];
}

function take(line: Line, listing: LayerListing): void {
  switch (line[0]) {
    case "d": {
      const [, path, mode, uid, gid, mtime] = line;
      return listing.put(path, { kind: "directory", mode, uid, gid, mtime });
    }
    case "l":
      return listing.put(line[1], { kind: "symlink", target: line[2] });
    case "f":
      return listing.put(line[1], { kind: "file" });
    case "w":
      return listing.hide(line[1]);
    case "o":
      return listing.hideBelow(line[1]);
  }
}

async function parse(bytes: Bytes): Promise<readonly Line[]> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const text = await collectBytes(fromReadable(stream), { limit: LARGEST, what: "listing" });
  const lines: unknown = JSON.parse(new TextDecoder().decode(text));
  if (!Array.isArray(lines) || !lines.every(isLine)) throw new SyntaxError("not a listing");
  return lines;
}

function isLine(line: unknown): line is Line {
  if (!Array.isArray(line) || typeof line[1] !== "string") return false;
  const rest = line.slice(2);
  switch (line[0]) {
    case "d":
      return rest.length === 4 && rest.every(Number.isFinite);
    case "l":
      return typeof rest[0] === "string";
    default:
      return ["f", "w", "o"].includes(line[0]);
  }
}

async function compress(text: string): Promise<Bytes> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
