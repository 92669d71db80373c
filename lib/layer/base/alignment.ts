/** Fits the entries of a new layer onto the base, as `COPY` puts files into an image. */

import type { Bytes } from "../../base/bytes.ts";
import { printableJson } from "../../base/printable.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";
import type { Ignore } from "../files/ignore.ts";
import { imagePathOf, imagePathParts, isBelow, parentOf } from "../files/image_path.ts";
import { type Owner, type OwnerNames, ROOT } from "../files/owner.ts";
import { LayerError } from "../layer_error.ts";
import type { BaseTree } from "./base_tree.ts";
import { type BasePath, type BaseView, unknownOf } from "./base_view.ts";
import { findOwner } from "./find_owner.ts";
import type { LayerListing } from "./layer_listing.ts";
import type { DirectoryAttributes } from "./listed_entry.ts";
import { isWhiteout } from "../files/removals.ts";
import { newDirectory } from "../files/base_directory.ts";

/** A base that can be asked. */
export interface AskableBase {
  /** What is known of it so far. */
  readonly view: BaseView;
  /**
   * Reads the base until nothing is unknown.
   *
   * @param firstUnknown Returns the first path that is not known yet; undefined when all are.
   * @param isMinor Whether that path can be done without: then little is read for it.
   * @returns false if the base cannot tell.
   */
  ask(firstUnknown: () => string | undefined, isMinor?: () => boolean): Promise<boolean>;
  /** What the base has at and below a directory. */
  treeOf(path: string): Promise<BaseTree>;
  /** See {@linkcode ComparableBase.mayKeepNamed}. */
  mayKeepNamed(paths: readonly string[], ignore: Ignore | undefined): Promise<boolean>;
  /** The content of a file, links followed; undefined if it cannot be read. */
  contentOf(path: string): Promise<Bytes | "missing" | undefined>;
}

/** Options of {@linkcode Alignment}. */
export interface AlignmentOptions {
  readonly base: AskableBase;
  /** Whether it is worth asking about a path of the base, which may be a directory above an entry or an entry itself. */
  readonly isAsked: (path: string) => boolean;
  /** Whether the base may have a link where the layer has a directory. */
  readonly mayBeLink: (path: string) => boolean;
  /** Gets the entries of the layer as they come out. */
  readonly listing: LayerListing;
  /**
   * Time of directories that are new, seconds since 1970.
   *
   * @default {0}
   */
  readonly mtime?: number | undefined;
  /** Told once of each path that was asked about without an answer. */
  readonly onUnknown?: ((path: string) => void) | undefined;
  /** Told of each directory that gets the owner and mode of the one above it, since its own are not known. */
  readonly onAssumed?: ((path: string, attributes: DirectoryAttributes) => void) | undefined;
}

/** In a directory with this bit everyone may change only what is their own (inode(7)). */
const STICKY = 0o1000;

const NONE: readonly TarEntryHeader[] = [];

/**
 * Decides at which path of the image each entry of a layer is written, in the order of the entries. Symbolic links of the base on the way
 * are followed. Each directory above an entry that has no entry in the layer gets one: with the owner and mode that the base gives it, or
 * root's with 0755 if it is new. Engines that unpack each layer by itself (Docker's overlay2, Podman, CRI-O) would otherwise make those
 * directories root's, and replace a link by a directory.
 *
 * Only all layers together tell whether a directory is new. If the directory above it belongs to a user other than root, that user could
 * replace it anyway: then only a small part of the layers is read, and failing that the directory gets the owner and mode of the one above.
 */
export class Alignment {
  readonly #options: AlignmentOptions;
  readonly #view: BaseView;
  /** Paths that the base could not tell of. */
  readonly #unknown = new Set<string>();
  /** Directories that are not known, with the attributes of those above them, which they get. */
  readonly #assumed = new Map<string, DirectoryAttributes>();
  /** Directory of the previous entry, if plain files in it need neither a question nor a parent's entry. */
  #settled: string | undefined;
  /** Directories below which the layer's entries are written as they are, since they were compared with the base. */
  readonly #exact: string[] = [];
  #owner: Owner = ROOT;

  /** Nothing is asked before the first entry. */
  constructor(options: AlignmentOptions) {
    this.#options = options;
    this.#view = options.base.view.under(options.listing);
  }

  /** The entry at a path, with links followed; undefined if that cannot be found out. */
  async kindOf(path: string): Promise<"directory" | "file" | "missing" | undefined> {
    const { base } = this.#options;
    const look = (): BasePath => this.#view.follow(path, { followsLast: true });
    await base.ask(() => unknownOf(look()));
    const found = look();
    if (found.kind === "below-file") return "missing";
    const kind = found.kind === "found" ? found.node?.kind : undefined;
    return kind === "symlink" ? undefined : kind;
  }

  /** What the base has at and below a directory; entries of the layer below it are written as they are. */
  async treeOf(path: string): Promise<BaseTree> {
    const tree = await this.#options.base.treeOf(path);
    this.#exact.push(tree.path);
    return tree;
  }

  /** Whether the layer of the same name may stay, where one does. */
  async mayKeepNamed(paths: readonly string[], ignore: Ignore | undefined): Promise<boolean> {
    return await this.#options.base.mayKeepNamed(paths, ignore);
  }

  /** The owner that names stand for in the base. */
  async ownerOf(names: OwnerNames): Promise<Owner> {
    return await findOwner(names, (path) => this.#options.base.contentOf(path));
  }

  /** Sets the owner of new directories, which is root otherwise. */
  useOwner(owner: Owner): void {
    this.#owner = owner;
  }

  /** Learns what {@linkcode place} needs for an entry, as far as the base tells; undefined if it is known already. */
  prepare(entry: TarEntryHeader): Promise<void> | undefined {
    if (this.#isSettled(entry)) return undefined;
    return this.#firstUnknown(entry) === undefined ? undefined : this.#learn(entry);
  }

  /** The entry with its path in the image; the same object if no link of the base is on its way. */
  place(entry: TarEntryHeader): TarEntryHeader {
    if (this.#isSettled(entry)) return entry;
    const { path, type, linkPath } = entry;
    const place = this.#follow(path, this.#followsLast(entry));
    if (place?.kind === "below-file") {
      throw new LayerError(
        `Cannot put ${printableJson(JSON.stringify(path))} into the image: ${
          printableJson(JSON.stringify(`/${place.at}`))
        } is a file there, and no directory`,
      );
    }
    const target = type === "hard-link" ? this.#follow(linkPath ?? "", false) : undefined;
    const moved = place?.kind === "found" && place.path !== normalized(path) ? place : undefined;
    const relinked = target?.kind === "found" && target.path !== normalized(linkPath ?? "");
    if (moved === undefined && !relinked) return entry;
    const isDirectory = type === "directory";
    // Where the base has a link, the directory that it leads to keeps its attributes.
    const attributes = isDirectory && moved?.node?.kind === "directory" && this.#isLink(path)
      ? moved.node.attributes
      : undefined;
    return {
      ...entry,
      ...(moved && { path: isDirectory ? `${moved.path || "."}/` : moved.path }),
      ...(attributes && {
        mode: attributes.mode,
        uid: attributes.uid,
        gid: attributes.gid,
        mtime: attributes.mtime,
      }),
      ...(relinked && target?.kind === "found" && { linkPath: target.path }),
    };
  }

  /** Entries for the directories above an entry that have none in the layer yet, from the root down. */
  missingParents(entry: TarEntryHeader): readonly TarEntryHeader[] {
    const { listing, mtime = 0 } = this.#options;
    const parts = imagePathParts(entry.path);
    if (this.#isSettled(entry) || parts === undefined) return NONE;
    const missing: TarEntryHeader[] = [];
    let above = "";
    for (const part of parts.slice(0, -1)) {
      above = above === "" ? part : `${above}/${part}`;
      const assumed = this.#assumed.get(above);
      if (listing.find(above) !== undefined || !assumed && !this.#mayAsk(above)) continue;
      const node = assumed === undefined
        ? this.#view.look(above)
        : { kind: "directory" as const, attributes: { ...assumed, mtime } };
      if (node?.kind !== "directory" && node?.kind !== "missing") continue;
      const known = node.kind === "directory" ? node.attributes : undefined;
      const { mode, uid, gid } = known ??
        { mode: 0o755, ...node.kind === "missing" ? this.#owner : ROOT };
      const time = known?.mtime ?? mtime;
      missing.push({ path: `${above}/`, type: "directory", size: 0, mode, uid, gid, mtime: time });
    }
    return missing;
  }

  /** An entry for a directory, with the attributes that the base gives it if they are known. */
  directory(path: string): TarEntryHeader {
    const node = this.#view.look(path);
    const made = { ...newDirectory(path), mtime: this.#options.mtime ?? 0 };
    const { mode, uid, gid, mtime } = node?.kind === "directory" ? node.attributes ?? made : made;
    return { ...made, mode, uid, gid, mtime };
  }

  /** Records an entry that was placed, and the parents' entries that were put before it. */
  add(entry: TarEntryHeader, before: readonly TarEntryHeader[]): void {
    const { listing } = this.#options;
    const { path, type } = entry;
    if (this.#isSettled(entry)) return listing.addPlace(entry);
    for (const parent of before) listing.add(parent);
    // Of plain files only the directories are remembered: there may be very many files.
    listing.addPlace(entry);
    const isPlain = type !== "directory" && type !== "symlink" && !isWhiteout(path);
    this.#settled = isPlain ? directoryOf(path) : undefined;
  }

  #isExact(path: string): boolean {
    return this.#exact.some((directory) => isBelow(path, directory));
  }

  #isSettled({ path, type }: TarEntryHeader): boolean {
    if (this.#exact.length > 0 && this.#isExact(path)) return true;
    const settled = this.#settled;
    if (type !== "file" || settled === undefined) return false;
    return path.lastIndexOf("/") + 1 === settled.length && path.startsWith(settled) &&
      !isWhiteout(path);
  }

  async #learn(entry: TarEntryHeader): Promise<void> {
    const { base, onUnknown, onAssumed } = this.#options;
    const firstUnknown = (): string | undefined => this.#firstUnknown(entry);
    while (true) {
      await base.ask(firstUnknown, () => this.#usersAbove(firstUnknown()) !== undefined);
      const unknown = firstUnknown();
      if (unknown === undefined) return;
      const above = this.#usersAbove(unknown);
      if (above === undefined) {
        this.#unknown.add(unknown);
        onUnknown?.(unknown);
      } else {
        // Of directories inside one another, only the topmost is reported.
        if (!this.#assumed.has(parentOf(unknown) ?? "")) onAssumed?.(unknown, above);
        this.#assumed.set(unknown, above);
      }
    }
  }

  /** Attributes of the directory above a path, if a user other than root may replace what is in it. */
  #usersAbove(path: string | undefined): DirectoryAttributes | undefined {
    const parent = path && parentOf(path);
    if (!parent) return undefined;
    const node = this.#view.look(parent);
    const above = this.#assumed.get(parent) ??
      (node?.kind === "directory" ? node.attributes : undefined);
    if (above === undefined || above.uid === ROOT.uid) return undefined;
    return (above.mode & STICKY) === 0 ? above : undefined;
  }

  /** The first path that has to be known for an entry, and is not. */
  #firstUnknown(entry: TarEntryHeader): string | undefined {
    const { path, type, linkPath } = entry;
    const place = this.#follow(path, this.#followsLast(entry));
    if (place === undefined || place.kind === "below-file") return undefined;
    if (place.kind === "unknown") return place.at;
    if (place.node === undefined && this.#followsLast(entry) && this.#mayAsk(place.path)) {
      return place.path;
    }
    const target = type === "hard-link" ? this.#follow(linkPath ?? "", false) : undefined;
    if (target?.kind === "unknown") return target.at;
    for (let above = parentOf(place.path); above; above = parentOf(above)) {
      if (this.#mayAsk(above) && this.#view.look(above) === undefined) return above;
    }
    return undefined;
  }

  /** Undefined if the path leaves the root, which `checkEntry` reports. */
  #follow(path: string, followsLast: boolean): BasePath | undefined {
    if (imagePathParts(path) === undefined) return undefined;
    return this.#view.follow(path, { followsLast, isAsked: (at) => this.#mayAsk(at) });
  }

  /** Whether a path itself, not only one above it, is a link of the base. */
  #isLink(path: string): boolean {
    const own = this.#follow(path, false);
    return own?.kind === "found" && own.node?.kind === "symlink";
  }

  #followsLast({ type, path }: TarEntryHeader): boolean {
    return type === "directory" && this.#options.mayBeLink(normalized(path));
  }

  #mayAsk(path: string): boolean {
    return !this.#unknown.has(path) && !this.#assumed.has(path) && this.#options.isAsked(path);
  }
}

function normalized(path: string): string {
  return imagePathOf(path) ?? path;
}

/** The directory of an entry as its path is written. */
function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
