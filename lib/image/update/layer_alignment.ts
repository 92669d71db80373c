/** Aligns one new layer with all images of the base. */

import { expectLater } from "../../base/expect_later.ts";
import type { Alignment } from "../../layer/base/alignment.ts";
import {
  type ComparableBase,
  mayBeLink,
  type MayMatterOptions,
} from "../../layer/base/base_questions.ts";
import type { EntryAligner, PlacedEntry } from "../../layer/base/entry_aligner.ts";
import type { BaseTree } from "../../layer/base/base_tree.ts";
import { LayerListing } from "../../layer/base/layer_listing.ts";
import type { Ignore } from "../../layer/files/ignore.ts";
import { imagePathOf, sharedDirectory } from "../../layer/files/image_path.ts";
import { hasNames, type Owner, parseOwnerNames, ROOT } from "../../layer/files/owner.ts";
import type { Digest } from "../../oci/digest.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";

/** The images of a base, for a layer that is aligned with them. */
export interface AlignableBase {
  /** Whether compressed input is aligned too, and so compressed again. */
  readonly isForced: boolean;
  /** Whether a path of the base may have to be asked about. */
  couldAsk(path: string, options: MayMatterOptions): boolean;
  /** Whether all of its images run as root. */
  runsAsRoot(): Promise<boolean>;
  /** Caches the listing of a layer. */
  remember(digest: Digest, contents: LayerListing): Promise<void>;
  /**
   * Makes the alignments of one layer, one for each different image.
   *
   * @param below The new layers below, from the top down.
   */
  open(listing: LayerListing, below: readonly LayerAlignment[]): Promise<readonly Alignment[]>;
}

const NONE: readonly TarEntryHeader[] = [];

/** Options of {@linkcode LayerAlignment}. */
export interface LayerAlignmentOptions {
  /** Called if images of the base need different forms of the layer. It throws, or the first image decides. */
  readonly onDifference: () => void;
  /**
   * Whether entries may be placed as for an image that runs as root before that is known, which saves a round trip. The caller then must
   * {@linkcode LayerAlignment.confirm} the layer before it is sent.
   *
   * @default {false}
   */
  readonly assumesRoot?: boolean | undefined;
}

/** Thrown if entries were placed as for an image that runs as root, but it does not. The layer has to be read again. */
export class WrongAssumption extends Error {
  override readonly name = "WrongAssumption";

  constructor() {
    super("The image does not run as root");
  }
}

/** Places the entries of one new layer in the same way for all images of the base. */
export class LayerAlignment implements EntryAligner, ComparableBase {
  /** Settles when all entries of the layer were placed, and the assumption is confirmed. */
  readonly finished: Promise<void>;
  /** The entries of the layer so far. */
  readonly listing: LayerListing = new LayerListing();
  readonly #base: AlignableBase;
  readonly #below: readonly LayerAlignment[];
  readonly #onDifference: () => void;
  #finish: () => void = () => {};
  #abandon: (error: Error) => void = () => {};
  #opening: Promise<void> | undefined;
  #alignments: readonly Alignment[] | undefined;
  #owner: Owner = ROOT;
  #mayAssume: boolean;
  #hasAssumed = false;
  /** Whether the last prepared entry needs no question. */
  #isPlain = false;
  /** Whether all images are known to run as root. */
  #runsAsRoot = false;
  /** Directories (see {@linkcode sharedDirectory}) that are not asked about: if the image runs as root, and if that is unknown. */
  #quietAsRoot = "";
  #quiet = "";

  constructor(
    base: AlignableBase,
    below: readonly LayerAlignment[],
    { onDifference, assumesRoot = false }: LayerAlignmentOptions,
  ) {
    this.#mayAssume = assumesRoot;
    this.#onDifference = onDifference;
    this.#base = base;
    this.#below = below;
    this.finished = expectLater(
      new Promise((resolve, reject) => {
        this.#finish = resolve;
        this.#abandon = reject;
      }),
    );
  }

  /** Whether compressed input is aligned too, and so compressed again. */
  get isForced(): boolean {
    return this.#base.isForced;
  }

  /** Starts again, since the layer is read again. */
  restart(): void {
    this.listing.clear();
    this.#opening = undefined;
    this.#alignments = undefined;
    this.#quietAsRoot = "";
    this.#quiet = "";
    this.#hasAssumed = false;
  }

  /** Ends the layer: there are no more entries. */
  finish(): void {
    this.listing.complete();
    if (!this.#hasAssumed) this.#finish();
  }

  /** Gives the layer up: it will not be read to its end. */
  abandon(error: Error): void {
    this.#abandon(error);
  }

  /** Caches the listing of the layer, once that is stored. */
  async remember(digest: Digest, contents: LayerListing): Promise<void> {
    await this.#base.remember(digest, contents);
  }

  /** Records an entry of a layer that is kept as it is. */
  observe(entry: TarEntryHeader): void {
    this.listing.addPlace(entry);
  }

  /**
   * Learns what {@linkcode place} needs for an entry.
   *
   * @returns undefined if it is known already.
   */
  prepare(entry: TarEntryHeader): Promise<void> | undefined {
    // Assuming that the image runs as root, most entries need no question.
    if (
      this.#hasAssumed && this.#alignments === undefined &&
      !this.#couldAsk(entry, { runsAsRoot: true })
    ) {
      this.#isPlain = true;
      return undefined;
    }
    this.#isPlain = !this.isForced && !this.#couldAsk(entry, { runsAsRoot: this.#runsAsRoot });
    if (this.#isPlain) return undefined;
    if (this.#alignments === undefined) {
      if (!this.#mayAssume || this.#couldAsk(entry, { runsAsRoot: true })) {
        return this.#open().then(() => this.prepare(entry));
      }
      this.#hasAssumed = true;
      return undefined;
    }
    const pending = this.#alignments.map((alignment) => alignment.prepare(entry))
      .filter((prepared) => prepared !== undefined);
    return pending.length === 0 ? undefined : Promise.all(pending).then(() => {});
  }

  /**
   * The entry with its path in the image, and the parents' entries that have to come before it.
   *
   * @throws {LayerError} if it cannot be there.
   */
  place(entry: TarEntryHeader): PlacedEntry {
    // Quickly passes nearly all entries, of which there may be very many.
    if (this.#isPlain) return this.#placeAsItIs(entry);
    const all = this.#all;
    const placed = this.#agreed(all.map((one) => one.place(entry)));
    if (placed === undefined) return this.#placeAsItIs(entry);
    const before = this.#agreed(all.map((one) => one.missingParents(placed))) ?? NONE;
    for (const one of all) one.add(placed, before);
    return { entry: placed, before };
  }

  /** An entry for a directory that has none in the layer, by what is known of the base so far. */
  directory(path: string): TarEntryHeader | undefined {
    const directory = this.#agreed(this.#all.map((one) => one.directory(path)));
    if (directory !== undefined) this.observe(directory);
    return directory;
  }

  #placeAsItIs(entry: TarEntryHeader): PlacedEntry {
    this.observe(entry);
    return { entry, before: NONE };
  }

  /** Sets the owner of directories that the layer makes, which is root otherwise. */
  useOwner(owner: Owner): void {
    this.#owner = owner;
    for (const one of this.#all) one.useOwner(owner);
  }

  /** The owner that names stand for in the base; root if all images are for Windows. */
  async ownerOf(names: string): Promise<Owner> {
    const owner = parseOwnerNames(names);
    if (!hasNames(owner)) return owner;
    await this.#open();
    return this.#agreed(await Promise.all(this.#all.map((one) => one.ownerOf(owner)))) ?? ROOT;
  }

  /** What is at a path of the base, links followed; undefined if it cannot be learnt. */
  async kindOf(path: string): Promise<"directory" | "file" | "missing" | undefined> {
    await this.#open();
    return this.#agreed(await Promise.all(this.#all.map((one) => one.kindOf(path))));
  }

  /**
   * Checks the assumption that all images run as root, if it was used.
   *
   * @throws {WrongAssumption} if it was wrong: the layer has to be read again.
   */
  async confirm(): Promise<void> {
    if (!this.#hasAssumed) return;
    if (await this.#base.runsAsRoot()) {
      // Layers above wait until this one is final.
      if (this.listing.isComplete) this.#finish();
      return;
    }
    this.#mayAssume = false;
    throw new WrongAssumption();
  }

  /** What the base has at and below a directory. */
  async treeOf(path: string): Promise<BaseTree> {
    await this.#open();
    const [tree, ...others] = await Promise.all(this.#all.map((one) => one.treeOf(path)));
    if (tree === undefined) throw new TypeError("Cannot compare with the base: it has no image");
    for (const other of others) {
      this.#compare([other.path, other.node], [tree.path, tree.node]);
      const entries = other.entries()[Symbol.iterator]();
      for (const entry of tree.entries()) this.#compare(entries.next().value, entry);
      this.#compare(entries.next().value, undefined);
    }
    return tree;
  }

  /** Whether the layer of the same name may stay in all images. */
  async mayKeepNamed(paths: readonly string[], ignore: Ignore | undefined): Promise<boolean> {
    const all = this.#all.map((one) => one.mayKeepNamed(paths, ignore));
    return (await Promise.all(all)).every((may) => may);
  }

  async #open(): Promise<void> {
    this.#opening ??= this.#base.open(this.listing, this.#below).then(async (alignments) => {
      for (const one of alignments) one.useOwner(this.#owner);
      this.#runsAsRoot = await this.#base.runsAsRoot();
      this.#alignments = alignments;
    });
    await this.#opening;
  }

  get #all(): readonly Alignment[] {
    return this.#alignments ?? [];
  }

  /** The result of all images, which must be the same. */
  #agreed<T>([first, ...others]: readonly T[]): T | undefined {
    for (const other of others) this.#compare(other, first);
    return first;
  }

  #compare(one: unknown, other: unknown): void {
    if (JSON.stringify(one) !== JSON.stringify(other)) this.#onDifference();
  }

  /** Whether a path of the base may have to be asked about for an entry. */
  #couldAsk({ path, type, linkPath }: TarEntryHeader, options: MayMatterOptions): boolean {
    const place = imagePathOf(path) ?? "";
    return type === "directory" && mayBeLink(place) || this.#couldAskAbove(place, options) ||
      type === "hard-link" && this.#couldAskAbove(imagePathOf(linkPath ?? "") ?? "", options);
  }

  #couldAskAbove(place: string, options: MayMatterOptions): boolean {
    const quiet = sharedDirectory(place, options.runsAsRoot ? this.#quietAsRoot : this.#quiet);
    for (let end = place.indexOf("/", quiet.length); end >= 0; end = place.indexOf("/", end + 1)) {
      const above = place.slice(0, end);
      if (this.listing.find(above)?.kind === "directory") continue;
      if (this.#base.couldAsk(above, options)) return true;
    }
    const directory = place.slice(0, place.lastIndexOf("/") + 1);
    if (options.runsAsRoot) this.#quietAsRoot = directory;
    else this.#quiet = directory;
    return false;
  }
}
