/** Lists what one layer does to the paths of an image: its entries, and what it removes of the layers below. */

import { ArrayReader } from "../../base/array_reader.ts";
import type { Bytes, ByteStream } from "../../base/bytes.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";
import { META_WHITEOUT, OPAQUE, WHITEOUT } from "../files/removals.ts";
import {
  ENTRY,
  ENTRY_FLAGS,
  LEAF,
  type ListedEntry,
  listedEntry,
  readEntry,
  writeEntry,
} from "./listed_entry.ts";
import { listedParts } from "./listed_parts.ts";
import { PathBudget } from "./path_budget.ts";
import { PathTree, ROOT_NODE } from "./path_tree.ts";

/** Flags of a node beside those of its entry: a directory without an entry of its own, only named in the paths of others; … */
const NAMED = 256;
/** … a path with a whiteout, and a directory with an opaque marker; … */
const WHITED_OUT = 512;
const HIDES_BELOW = 1_024;
/** … and a path that was asked for by itself. */
const ASKED = 2_048;

/** Flags that count as one remembered path each. */
const COUNTED: readonly number[] = [ENTRY, NAMED, WHITED_OUT, HIDES_BELOW];

/** What a layer removes of the layers below. */
export interface Removals {
  /** Paths that have a whiteout. */
  readonly whiteouts: Iterable<string>;
  /** Directories that have an opaque marker, which hides their contents. */
  readonly opaque: Iterable<string>;
}

/** The entries of a layer by their paths, without a slash at either end; the root is the empty text. */
export class LayerListing {
  #tree = new PathTree();
  readonly #budget: PathBudget;
  #size = 0;
  /** What the budget was told so far. */
  #counted = { paths: 0, text: 0 };
  /** Directory of the previous file, as its path is written. */
  #directory = "";
  #isComplete = false;
  #isDetailed = false;

  /** @param budget Limits all listings that share it together. */
  constructor(budget: PathBudget = new PathBudget()) {
    this.#budget = budget;
  }

  /** Whether the hashes of the files' contents are known too. */
  get isDetailed(): boolean {
    return this.#isDetailed;
  }

  /** Whether all of the layer was read. Only then is it certain which paths the layer does not have. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether it is certain what the layer does to a path: it was read to its end, or asked for that path. */
  isKnown(path: string): boolean {
    return this.#isComplete || (this.#flags(path) & ASKED) !== 0;
  }

  /** How many paths are remembered. */
  get size(): number {
    return this.#size;
  }

  /** Every entry, directories before what is in them. */
  *entries(): Iterable<readonly [path: string, entry: ListedEntry]> {
    const tree = this.#tree;
    for (let node = ROOT_NODE; node <= tree.last; node++) {
      const entry = readEntry(tree, node);
      if (entry !== undefined) yield [tree.pathOf(node), entry];
    }
  }

  /** Every path below a directory that the layer has, directories without an entry included, in the order of `compareImagePaths`. */
  *below(directory: string): Iterable<string> {
    const tree = this.#tree;
    const top = tree.find(directory);
    if (top === 0) return;
    for (const node of tree.walk(top)) {
      if ((tree.flagsOf(node) & (ENTRY | NAMED)) !== 0) yield tree.pathOf(node);
    }
  }

  /** What the layer removes of the layers below. */
  removals(): Removals {
    return { whiteouts: this.#flagged(WHITED_OUT), opaque: this.#flagged(HIDES_BELOW) };
  }

  *#flagged(flag: number): Iterable<string> {
    const tree = this.#tree;
    for (let node = ROOT_NODE; node <= tree.last; node++) {
      if ((tree.flagsOf(node) & flag) !== 0) yield tree.pathOf(node);
    }
  }

  /** The listing in binary, for {@linkcode LayerListing.read}. */
  *dump(): Iterable<Bytes> {
    yield Uint8Array.of(this.#isDetailed ? 1 : 0);
    yield* this.#tree.dump();
  }

  /**
   * Takes over what another listing has dumped.
   *
   * @param isComplete Whether that listing was complete.
   * @throws {SyntaxError} if the bytes are no listing; this one is empty then.
   * @throws {LayerError} if there are more paths than any image has.
   */
  async read(bytes: ByteStream, isComplete: boolean): Promise<void> {
    this.clear();
    const reader = new ArrayReader(bytes);
    try {
      const [isDetailed] = await reader.fill(new Uint8Array(1));
      this.#tree = await PathTree.read(reader);
      for (let node = ROOT_NODE; node <= this.#tree.last; node++) {
        const flags = this.#tree.flagsOf(node);
        for (const flag of COUNTED) if ((flags & flag) !== 0) this.#size++;
      }
      if (isComplete) this.complete(isDetailed === 1);
      else this.#count();
    } finally {
      await reader.close();
    }
  }

  /** Forgets all of it. */
  clear(): void {
    this.#tree = new PathTree();
    this.#size = 0;
    this.#count();
    this.#directory = "";
    this.#isComplete = false;
    this.#isDetailed = false;
  }

  /**
   * Says that all of the layer was read.
   *
   * @param isDetailed Whether the files have hashes.
   */
  complete(isDetailed: boolean = false): void {
    this.#count();
    this.#isComplete = true;
    this.#isDetailed = isDetailed;
  }

  /** Takes over all of another listing, which is empty then. */
  takeFrom(other: LayerListing): void {
    this.clear();
    this.#tree = other.#tree;
    this.#size = other.#size;
    this.#isComplete = other.#isComplete;
    this.#isDetailed = other.#isDetailed;
    other.clear();
    this.#count();
  }

  /**
   * Adds an entry of the layer. One that no file system can hold is left out.
   *
   * @returns the path under which it is kept; undefined if it is left out or a whiteout.
   * @throws {LayerError} if there are more paths than any image has.
   */
  add(header: TarEntryHeader): string | undefined {
    const parts = listedParts(header.path);
    if (parts === undefined) return undefined;
    const name = parts.at(-1);
    const path = parts.join("/");
    const isWhiteout = name?.startsWith(WHITEOUT) === true;
    if (isWhiteout) this.#addWhiteout(parts.slice(0, -1), name);
    else this.put(path, listedEntry(header));
    this.#count();
    return isWhiteout ? undefined : path;
  }

  /**
   * Adds an entry as {@linkcode add} does, but of a file only the directories above it. Files in `/etc` are kept: owners' names are looked up
   * there.
   */
  addPlace(header: TarEntryHeader): void {
    const { path, type } = header;
    const start = path.lastIndexOf("/") + 1;
    if (type === "directory" || type === "symlink" || path.startsWith(WHITEOUT, start)) {
      this.add(header);
      return;
    }
    // Most files are in the directory of the previous one.
    const directory = this.#directory;
    if (start === directory.length && path.startsWith(directory)) return;
    const parts = listedParts(path);
    if (parts?.length === 2 && parts[0] === "etc") {
      this.add(header);
      return;
    }
    this.#directory = path.slice(0, start);
    if (parts === undefined || parts.length < 2) return;
    this.#nameFrom(this.#tree.add(parts.slice(0, -1).join("/")));
  }

  /** Sets the entry of a path. */
  put(path: string, entry: ListedEntry): void {
    const node = this.#node(path);
    this.#change(node, writeEntry(this.#tree, node, entry), ENTRY_FLAGS | NAMED);
  }

  /** Records the answer to what is at a path: an entry, or undefined for nothing. */
  answer(path: string, header: TarEntryHeader | undefined): void {
    if (header === undefined) this.hide(path);
    else this.put(path, listedEntry(header));
    this.#change(this.#tree.add(path), ASKED);
  }

  /** Adds a whiteout: the layers below no longer have the path. */
  hide(path: string): void {
    this.#change(this.#node(path), WHITED_OUT);
  }

  /** Adds an opaque marker: what the layers below have in the directory is hidden. */
  hideBelow(directory: string): void {
    const node = this.#node(directory);
    this.#nameFrom(node);
    this.#change(node, HIDES_BELOW);
  }

  /** The layer's entry for a path. */
  find(path: string): ListedEntry | undefined {
    const node = this.#tree.find(path);
    return node === 0 ? undefined : readEntry(this.#tree, node);
  }

  /** Whether a path is a directory that has no entry, but something in it: engines make those. */
  isOnlyNamed(path: string): boolean {
    return (this.#flags(path) & NAMED) !== 0;
  }

  /** Whether the layer has a path, or anything below it. */
  touches(path: string): boolean {
    return (this.#flags(path) & (ENTRY | NAMED)) !== 0;
  }

  /** Whether a path of the layers below is hidden, by itself or with a directory above it. */
  hides(path: string): boolean {
    const tree = this.#tree;
    if ((this.#flags(path) & WHITED_OUT) !== 0) return true;
    // From the root down: nothing is below a path that is not in the tree.
    for (let end = 0; end >= 0; end = path.indexOf("/", end + 1)) {
      const node = path === "" ? 0 : tree.find(path, end);
      if (node === 0) return false;
      if ((tree.flagsOf(node) & (WHITED_OUT | HIDES_BELOW | LEAF)) !== 0) return true;
    }
    return false;
  }

  #addWhiteout(parts: readonly string[], name: string): void {
    const directory = parts.join("/");
    if (name === OPAQUE) return this.hideBelow(directory);
    if (name.startsWith(META_WHITEOUT)) return;
    this.hide(
      directory === ""
        ? name.slice(WHITEOUT.length)
        : `${directory}/${name.slice(WHITEOUT.length)}`,
    );
  }

  #flags(path: string): number {
    const node = this.#tree.find(path);
    return node === 0 ? 0 : this.#tree.flagsOf(node);
  }

  /** The node of a path, made with those of the directories above it. */
  #node(path: string): number {
    const node = this.#tree.add(path);
    this.#nameFrom(this.#tree.parentOf(node));
    return node;
  }

  /** Flags a directory and those above it as named, up to one that is already. */
  #nameFrom(directory: number): void {
    const tree = this.#tree;
    for (let node = directory; node > ROOT_NODE; node = tree.parentOf(node)) {
      const flags = tree.flagsOf(node);
      if ((flags & NAMED) !== 0) return;
      if ((flags & ENTRY) === 0) this.#change(node, NAMED);
    }
  }

  /** Changes the flags of a node, and the number of remembered paths. */
  #change(node: number, set: number, unset: number = 0): void {
    const before = this.#tree.flagsOf(node);
    const after = before & ~unset | set;
    for (const flag of COUNTED) {
      if ((before & flag) !== 0) this.#size--;
      if ((after & flag) !== 0) this.#size++;
    }
    this.#tree.setFlags(node, after);
  }

  /** @throws {LayerError} if all listings that share the budget remember too much. */
  #count(): void {
    const { paths, text } = this.#counted;
    const now = { paths: this.#size, text: this.#tree.textSize };
    this.#counted = now;
    this.#budget.take(now.paths - paths, now.text - text);
  }
}
