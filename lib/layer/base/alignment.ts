/** Fits the entries of a new layer onto the base, as `COPY` puts files into an image. */

import type { Bytes } from "../../base/bytes.ts";
import { printableJson } from "../../base/printable.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";
import type { Ignore } from "../files/ignore.ts";
import { imagePathParts, isBelow, parentOf } from "../files/image_path.ts";
import { type Owner, type OwnerNames, ROOT } from "../files/owner.ts";
import { WHITEOUT } from "../files/removals.ts";
import { LayerError } from "../layer_error.ts";
import type { BaseTree } from "./base_tree.ts";
import { type BasePath, type BaseView, unknownOf } from "./base_view.ts";
import { newDirectory } from "./every_parent.ts";
import { findOwner } from "./find_owner.ts";
import type { LayerListing } from "./layer_listing.ts";
import type { DirectoryAttributes } from "./listed_entry.ts";

/** A base that can be asked. */
export interface AskableBase {
  /** What is known. */
  readonly view: BaseView;
  /**
   * Learns until everything is known that is wanted; false where it cannot be.
   *
   * @param firstUnknown The first path that more has to be known of; undefined where nothing has.
   * @param isMinor Whether that can be done without: little is read for it.
   */
  ask(firstUnknown: () => string | undefined, isMinor?: () => boolean): Promise<boolean>;
  /** All that it has at and below a directory. */
  treeOf(path: string): Promise<BaseTree>;
  /** Whether the layer of the same name, where one stays below, may: see `ComparableBase`. */
  mayKeepNamed(paths: readonly string[], ignore: Ignore | undefined): Promise<boolean>;
  /** What a file has in it, links followed; undefined where that cannot be learnt. */
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
 * Decides of each entry of a layer, in their order, where it comes to lie. Links of the base above it are followed, and each directory
 * above it that has no entry in the layer gets one: with the owner and mode that it has in the base, or as root's with 0755 where it is
 * new. Engines that unpack each layer by itself (Docker's overlay2, Podman, CRI-O) would make those directories root's, and would put a
 * directory in the place of a link.
 *
 * Whether a directory is new, only all layers can tell. Where the one above it is a user's, not root's, that user could put another one
 * in its place anyway: so little is read for it, and then it gets the owner and mode of the one above.
 */
export class Alignment {
  readonly #options: AlignmentOptions;
  readonly #view: BaseView;
  /** Asked about in vain. */
  readonly #unknown = new Set<string>();
  /** Directories that are not known, with what those above them are. */
  readonly #assumed = new Map<string, DirectoryAttributes>();
  /** The directory of the entry before, if nothing has to be asked or added for what lies in it. */
  #settled: string | undefined;
  /** Directories below which the layer is as it should be. */
  readonly #exact: string[] = [];
  #owner: Owner = ROOT;

  /** Nothing is asked before the first entry. */
  constructor(options: AlignmentOptions) {
    this.#options = options;
    this.#view = options.base.view.under(options.listing);
  }

  /** What is at a path, links followed; undefined where that cannot be learnt. */
  async kindOf(path: string): Promise<"directory" | "file" | "missing" | undefined> {
    const { base } = this.#options;
    const look = (): BasePath => this.#view.follow(path, { followsLast: true });
    await base.ask(() => unknownOf(look()));
    const found = look();
    if (found.kind === "below-file") return "missing";
    const kind = found.kind === "found" ? found.node?.kind : undefined;
    return kind === "symlink" ? undefined : kind;
  }

  /** All that the base has at and below a directory; entries of the layer below that are taken as they are. */
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

  /** Says whose directories are that are new: root's, where it does not. */
  useOwner(owner: Owner): void {
    this.#owner = owner;
  }

  /** Sees to it that all is known that placing the entry takes, as far as it can be. */
  prepare(entry: TarEntryHeader): Promise<void> | undefined {
    if (this.#isSettled(entry)) return undefined;
    return this.#firstUnknown(entry) === undefined ? undefined : this.#learn(entry);
  }

  /** The entry where it comes to lie; the same one where no link is in its way. */
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
    // A directory that is a link in the base is the one that the link leads to, and stays as it is there.
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

  /** Entries for the directories above one that have none in the layer yet, from the root down. */
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

  /** An entry for a directory: as the base has it, where that is known. */
  directory(path: string): TarEntryHeader {
    const node = this.#view.look(path);
    const made = { ...newDirectory(path), mtime: this.#options.mtime ?? 0 };
    const { mode, uid, gid, mtime } = node?.kind === "directory" ? node.attributes ?? made : made;
    return { ...made, mode, uid, gid, mtime };
  }

  /** Takes an entry, as it was placed, and what was put before it. */
  add(entry: TarEntryHeader, before: readonly TarEntryHeader[]): void {
    const { listing } = this.#options;
    const { path, type } = entry;
    if (this.#isSettled(entry)) return listing.addPlace(entry);
    for (const one of before) listing.add(one);
    // Of files only their directories are remembered, and whiteouts: there may be very many.
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
        // What is below one that was told of is told with it.
        if (!this.#assumed.has(parentOf(unknown) ?? "")) onAssumed?.(unknown, above);
        this.#assumed.set(unknown, above);
      }
    }
  }

  /** What the directory above a path is, where it is known to be one in which a user who is not root can change what is there. */
  #usersAbove(path: string | undefined): DirectoryAttributes | undefined {
    const parent = path && parentOf(path);
    if (!parent) return undefined;
    const node = this.#view.look(parent);
    const above = this.#assumed.get(parent) ??
      (node?.kind === "directory" ? node.attributes : undefined);
    if (above === undefined || above.uid === ROOT.uid) return undefined;
    return (above.mode & STICKY) === 0 ? above : undefined;
  }

  /** The first path about which something has to be known, and is not. */
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

  /** Undefined where the path leaves the root, which others judge. */
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
  return imagePathParts(path)?.join("/") ?? path;
}

function isWhiteout(path: string): boolean {
  return path.startsWith(WHITEOUT, path.lastIndexOf("/") + 1);
}

/** The directory of an entry as its path is written. */
function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
