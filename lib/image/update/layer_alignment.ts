/** Decides of the entries of one new layer where they come to lie. */

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

/** The base of a layer, with the images that it has. */
export interface AlignableBase {
  /** Whether compressed input is to be aligned too, and so compressed anew. */
  readonly isForced: boolean;
  /** Whether something may have to be asked about a path, whatever the image is. */
  couldAsk(path: string, options: MayMatterOptions): boolean;
  /** Whether all of its images run as root. */
  runsAsRoot(): Promise<boolean>;
  /** Keeps for later runs what a layer has in it. */
  remember(digest: Digest, contents: LayerListing): Promise<void>;
  /**
   * Makes what decides of the entries of one layer, for each different image.
   *
   * @param below The new layers below, from the top down.
   */
  open(listing: LayerListing, below: readonly LayerAlignment[]): Promise<readonly Alignment[]>;
}

const NONE: readonly TarEntryHeader[] = [];

/** Options of {@linkcode LayerAlignment}. */
export interface LayerAlignmentOptions {
  /** Called where images of the base want different things of the layer: it throws, or the first image counts. */
  readonly onDifference: () => void;
  /**
   * Whether entries may be placed as is right where the image runs as root, before that is known: whoever sends the layer then has to
   * {@linkcode LayerAlignment.confirm} it. Saves a round trip.
   *
   * @default {false}
   */
  readonly assumesRoot?: boolean | undefined;
}

/** Thrown where entries were placed as for an image that runs as root, and it does not: the layer has to be read once more. */
export class WrongAssumption extends Error {
  override readonly name = "WrongAssumption";

  constructor() {
    super("The image does not run as root");
  }
}

/** Decides of the entries of one new layer, alike for all images of the base. */
export class LayerAlignment implements EntryAligner, ComparableBase {
  /** Settles when all entries of the layer were seen, and it is certain that they were placed rightly. */
  readonly finished: Promise<void>;
  /** What the layer has, as far as it was seen. */
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
  /** Whether nothing has to be asked for the entry that was prepared last. */
  #isPlain = false;
  /** Whether all images are known to run as root. */
  #runsAsRoot = false;
  /** The directory, as of {@linkcode sharedDirectory}, of which nothing is to be asked: where the image runs as root, and where that is not sure. */
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

  /** Whether compressed input is to be aligned too, and so compressed anew. */
  get isForced(): boolean {
    return this.#base.isForced;
  }

  /** Begins anew: the layer is read once more. */
  restart(): void {
    this.listing.clear();
    this.#opening = undefined;
    this.#alignments = undefined;
    this.#quietAsRoot = "";
    this.#quiet = "";
    this.#hasAssumed = false;
  }

  /** Says that there are no more entries. */
  finish(): void {
    this.listing.complete();
    if (!this.#hasAssumed) this.#finish();
  }

  /** Says that the entries to come will not be seen. */
  abandon(error: Error): void {
    this.#abandon(error);
  }

  /** Keeps for later runs what a layer has in it, once that is stored. */
  async remember(digest: Digest, contents: LayerListing): Promise<void> {
    await this.#base.remember(digest, contents);
  }

  /** Takes an entry of a layer that goes out as it came. */
  observe(entry: TarEntryHeader): void {
    this.listing.addPlace(entry);
  }

  /**
   * Sees to it that all is known that placing an entry takes.
   *
   * @returns undefined where that is so already.
   */
  prepare(entry: TarEntryHeader): Promise<void> | undefined {
    // Once it is assumed that the image runs as root, most entries take nothing more.
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
    const pending = this.#alignments.map((one) => one.prepare(entry)).filter((one) =>
      one !== undefined
    );
    return pending.length === 0 ? undefined : Promise.all(pending).then(() => {});
  }

  /**
   * The entry where it comes to lie, and those that have to stand before it.
   *
   * @throws {LayerError} if it cannot be there.
   */
  place(entry: TarEntryHeader): PlacedEntry {
    // Without a list of the alignments: nearly all entries are plain, and there may be very many.
    if (this.#isPlain) return this.#placeAsItIs(entry);
    const all = this.#all;
    const placed = this.#agreed(all.map((one) => one.place(entry)));
    if (placed === undefined) return this.#placeAsItIs(entry);
    const before = this.#agreed(all.map((one) => one.missingParents(placed))) ?? NONE;
    for (const one of all) one.add(placed, before);
    return { entry: placed, before };
  }

  /** An entry for a directory that has none in the layer, by what is known of it. */
  directory(path: string): TarEntryHeader | undefined {
    const directory = this.#agreed(this.#all.map((one) => one.directory(path)));
    if (directory !== undefined) this.observe(directory);
    return directory;
  }

  #placeAsItIs(entry: TarEntryHeader): PlacedEntry {
    this.observe(entry);
    return { entry, before: NONE };
  }

  /** Says whose the directories are that the layer makes. */
  useOwner(owner: Owner): void {
    this.#owner = owner;
    for (const one of this.#all) one.useOwner(owner);
  }

  /** The owner that names stand for in the base: root, where all of its images are for Windows. */
  async ownerOf(names: string): Promise<Owner> {
    const owner = parseOwnerNames(names);
    if (!hasNames(owner)) return owner;
    await this.#open();
    return this.#agreed(await Promise.all(this.#all.map((one) => one.ownerOf(owner)))) ?? ROOT;
  }

  /** What is at a path of the base, links followed; undefined where that cannot be learnt. */
  async kindOf(path: string): Promise<"directory" | "file" | "missing" | undefined> {
    await this.#open();
    return this.#agreed(await Promise.all(this.#all.map((one) => one.kindOf(path))));
  }

  /**
   * Waits until it is certain that the entries were placed rightly.
   *
   * @throws {WrongAssumption} if they were not, and the layer has to be read once more.
   */
  async confirm(): Promise<void> {
    if (!this.#hasAssumed) return;
    if (await this.#base.runsAsRoot()) {
      // Layers above wait for what lies here for good.
      if (this.listing.isComplete) this.#finish();
      return;
    }
    this.#mayAssume = false;
    throw new WrongAssumption();
  }

  /** All that the base has at and below a directory. */
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

  /** Whether the layer of the same name may stay below in all images. */
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

  /** What one of the images says; all have to say the same. */
  #agreed<T>([first, ...others]: readonly T[]): T | undefined {
    for (const other of others) this.#compare(other, first);
    return first;
  }

  #compare(one: unknown, other: unknown): void {
    if (JSON.stringify(one) !== JSON.stringify(other)) this.#onDifference();
  }

  /** Whether anything about an entry may have to be asked. */
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
