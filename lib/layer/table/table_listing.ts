/** Turns the entries of a table of contents (eStargz, zstd:chunked) into a listing. */

import { encodeBase64 } from "../../base/base64.ts";
import type { JsonObject } from "../../oci/json.ts";
import { MAX_ID } from "../../tar/header.ts";
import type { TarEntryHeader, TarEntryType } from "../../tar/entry.ts";
import { LayerListing } from "../base/layer_listing.ts";
import type { FileAttributes } from "../base/listed_entry.ts";
import type { PathBudget } from "../base/path_budget.ts";
import { imagePathOf } from "../files/image_path.ts";

/** The types of entries in stargz-snapshotter's `docs/estargz.md` and containers/storage's `pkg/chunked`. */
const TYPES: Readonly<Record<string, TarEntryType>> = {
  dir: "directory",
  reg: "file",
  symlink: "symlink",
  hardlink: "hard-link",
  char: "character-device",
  block: "block-device",
  fifo: "fifo",
};

/** The most entries of a table. Of a layer with more, the layer itself is read. */
export const MOST_ENTRIES = 1_000_000;

/** SHA-256 of nothing, in base64. */
const EMPTY = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/** Where the contents of files must be in the layer. */
export interface ContentBounds {
  /** Where the table begins. */
  readonly end: number;
  /** Whether entries have an `endOffset`. */
  readonly hasEnds: boolean;
}

/** Adds the entries of a table to a listing, in order. */
export class TableListing {
  /** The listing so far. */
  readonly listing: LayerListing;
  readonly #bounds: ContentBounds;
  #count = 0;
  /** The least offset of the next content. */
  #offset = 0;

  /** @param paths Limits the listing. */
  constructor(bounds: ContentBounds, paths?: PathBudget) {
    this.#bounds = bounds;
    this.listing = new LayerListing(paths);
  }

  /** @throws {SyntaxError} if it cannot be true of a layer. */
  add(entry: JsonObject): void {
    if (++this.#count > MOST_ENTRIES) throw refuse("it has too many entries");
    const { type, name, linkName, xattrs } = entry as Record<string, unknown>;
    if (type === "chunk") return;
    const known = typeof type === "string" && Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
    if (known === undefined || typeof name !== "string") {
      throw refuse("an entry has no name or type");
    }
    if (linkName !== undefined && typeof linkName !== "string") throw refuse("a link is no text");
    const link = linkName === undefined || linkName === "" ? {} : { linkPath: linkName };
    const header: TarEntryHeader = {
      path: name,
      type: known,
      mode: number(entry, "mode") & 0o7777,
      uid: id(entry, "uid"),
      gid: id(entry, "gid"),
      mtime: time(entry["modtime"]),
      size: known === "file" ? number(entry, "size") : 0,
      ...link,
    };
    const path = imagePathOf(name);
    if (path === undefined) throw refuse("a path leaves the root");
    if (path !== "" && known !== "directory" && this.listing.find(path) !== undefined) {
      throw refuse("a path is in it twice");
    }
    this.#checkPlace(entry, header);
    const at = this.listing.add(header);
    if (at === undefined) return;
    const isExtended = xattrs !== undefined && xattrs !== null &&
      Object.keys(xattrs as object).length > 0;
    this.#addAttributes(at, header, { hash: hashOf(entry, header), isExtended });
  }

  #addAttributes(
    path: string,
    { type, mode, uid, gid, mtime, size, linkPath }: TarEntryHeader,
    { hash, isExtended }: { readonly hash: string | undefined; readonly isExtended: boolean },
  ): void {
    const extended = isExtended ? { isExtended: true } as const : {};
    const common = { mode, uid, gid, mtime, ...extended };
    if (type === "directory") this.listing.put(path, { kind: "directory", ...common });
    if (type === "file" && hash !== undefined) {
      const attributes: FileAttributes = { ...common, size, hash };
      this.listing.put(path, { kind: "file", attributes });
    }
    if (type !== "hard-link") return;
    const link = imagePathOf(linkPath ?? "") ?? "";
    const first = this.listing.find(link);
    if (first?.kind !== "file" || link === path) throw refuse("a hard link leads to no file");
    if (first.attributes === undefined) return;
    const attributes = { ...first.attributes, link: first.attributes.link ?? link };
    this.listing.put(path, { kind: "file", attributes });
  }

  /** Checks that contents are in the order of the entries, and before the table. */
  #checkPlace(entry: JsonObject, { type, size }: TarEntryHeader): void {
    if (type !== "file" || size === 0) return;
    const offset = number(entry, "offset");
    const end = this.#bounds.hasEnds ? number(entry, "endOffset") : offset + 1;
    if (offset < this.#offset || end <= offset || end > this.#bounds.end) {
      throw refuse("a content is where none can be");
    }
    this.#offset = this.#bounds.hasEnds ? end : offset;
  }
}

function hashOf(entry: JsonObject, { type, size }: TarEntryHeader): string | undefined {
  if (type !== "file") return undefined;
  const digest = entry["digest"];
  if (digest === undefined || digest === "") return size === 0 ? EMPTY : undefined;
  const [, hex] = typeof digest === "string" ? /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [] : [];
  if (hex === undefined) throw refuse("a digest is none");
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const hash = encodeBase64(bytes);
  if ((hash === EMPTY) !== (size === 0)) throw refuse("a digest is not that of its size");
  return hash;
}

/** A whole number of an entry, 0 if it is missing. */
function number(entry: JsonObject, name: string): number {
  const value = entry[name] ?? 0;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw refuse(`"${name}" is no whole number`);
}

/** The number of a user or group. */
function id(entry: JsonObject, name: string): number {
  const value = number(entry, name);
  if (value <= MAX_ID) return value;
  throw refuse(`"${name}" is larger than any`);
}

function time(text: unknown): number {
  if (text === undefined || text === null) return 0;
  const milliseconds = typeof text === "string" ? Date.parse(text) : NaN;
  if (Number.isNaN(milliseconds)) throw refuse("a time is none");
  return Math.floor(milliseconds / 1000);
}

function refuse(reason: string): SyntaxError {
  return new SyntaxError(`Cannot believe a table of contents: ${reason}`);
}
