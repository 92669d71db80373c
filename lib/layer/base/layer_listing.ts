/** What one layer says of the paths of an image: which it has, and which of the layers below it takes away. */

import { ArrayReader } from "../../base/array_reader.ts";
import type { Bytes, ByteStream } from "../../base/bytes.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";
import { OPAQUE, WHITEOUT } from "../files/removals.ts";
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

/** Names that begin so say something else than that their namesake is gone. */
const META = `${WHITEOUT}${WHITEOUT}`;

/** What else is said of a path, in the flags of its node: a directory that is only named in the paths of others, … */
const NAMED = 256;
const WHITED_OUT = 512;
const HIDES_BELOW = 1_024;
/** … and one that was asked for by itself. */
const ASKED = 2_048;

/** Flags that count as a path each; an entry is one. */
const SAID: readonly number[] = [ENTRY, NAMED, WHITED_OUT, HIDES_BELOW];

/** Paths that are taken away from the layers below: whiteouts, and directories whose contents are. */
export interface Removals {
  readonly whiteouts: Iterable<string>;
  readonly opaque: Iterable<string>;
}

/** The entries of a layer by their paths, which have no slash at either end; the root is the empty text. */
export class LayerListing {
  #tree = new PathTree();
  readonly #budget: PathBudget;
  #size = 0;
  /** What the budget knows of. */
  #counted = { paths: 0, text: 0 };
  /** The directory of the file before, as its path is written. */
  #directory = "";
  #isComplete = false;
  #isDetailed = false;

  /** @param budget What it counts towards, with other listings; without one it has its own. */
  constructor(budget: PathBudget = new PathBudget()) {
    this.#budget = budget;
  }

  /** Whether it is known what each file has in it, too. */
  get isDetailed(): boolean {
    return this.#isDetailed;
  }

  /** Whether all of the layer was read: only then is a path that is not in it certain to be in the layers below. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether it is certain what the layer says of a path: it was read to its end, or asked for that path. */
  isKnown(path: string): boolean {
    return this.#isComplete || (this.#flags(path) & ASKED) !== 0;
  }

  /** How many paths are remembered. */
  get size(): number {
    return this.#size;
  }

  /** Every entry, each before what was put below it later. */
  *entries(): Iterable<readonly [path: string, entry: ListedEntry]> {
    const tree = this.#tree;
    for (let node = ROOT_NODE; node <= tree.last; node++) {
      const entry = readEntry(tree, node);
      if (entry !== undefined) yield [tree.pathOf(node), entry];
    }
  }

  /** Every path below a directory that it says something of: entries, and directories that are only named; in the order of `compareImagePaths`. */
  *below(directory: string): Iterable<string> {
    const tree = this.#tree;
    const top = tree.find(directory);
    if (top === 0) return;
    for (const node of tree.walk(top)) {
      if ((tree.flagsOf(node) & (ENTRY | NAMED)) !== 0) yield tree.pathOf(node);
    }
  }

  /** What it takes away from the layers below. */
  removals(): Removals {
    return { whiteouts: this.#flagged(WHITED_OUT), opaque: this.#flagged(HIDES_BELOW) };
  }

  *#flagged(flag: number): Iterable<string> {
    const tree = this.#tree;
    for (let node = ROOT_NODE; node <= tree.last; node++) {
      if ((tree.flagsOf(node) & flag) !== 0) yield tree.pathOf(node);
    }
  }

  /** All of it as it is in memory, for {@linkcode LayerListing.read}. */
  *dump(): Iterable<Bytes> {
    yield Uint8Array.of(this.#isDetailed ? 1 : 0);
    yield* this.#tree.dump();
  }

  /**
   * Becomes what another listing has dumped.
   *
   * @param isComplete Whether that was all of the layer.
   * @throws {SyntaxError} if it is no listing; then it is empty.
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
        for (const said of SAID) if ((flags & said) !== 0) this.#size++;
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
   * Says that there are no more entries.
   *
   * @param isDetailed Whether files were put with what is known of their contents.
   */
  complete(isDetailed: boolean = false): void {
    this.#count();
    this.#isComplete = true;
    this.#isDetailed = isDetailed;
  }

  /** Becomes what another listing says, which is empty from then on. */
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
   * Takes an entry of the layer. What no file system can hold is left out: no path of an image is found through it.
   *
   * @returns the path under which it is kept, if it is.
   * @throws {LayerError} if there are more paths than any image has.
   */
  add(header: TarEntryHeader): string | undefined {
    const parts = listedParts(header.path);
    if (parts === undefined) return undefined;
    const name = parts.at(-1);
    const path = parts.join("/");
    const isWhiteout = name?.startsWith(WHITEOUT) === true;
    if (isWhiteout) this.#takeAway(parts.slice(0, -1), name);
    else this.put(path, listedEntry(header));
    this.#count();
    return isWhiteout ? undefined : path;
  }

  /**
   * Takes an entry as {@linkcode add} does, but of a file no more than the directories above it. Those in `/etc` are remembered: names of
   * owners are looked up there.
   */
  addPlace(header: TarEntryHeader): void {
    const { path, type } = header;
    const start = path.lastIndexOf("/") + 1;
    if (type === "directory" || type === "symlink" || path.startsWith(WHITEOUT, start)) {
      this.add(header);
      return;
    }
    // Most files are in the directory of the one before.
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

  /** Sets what is at a path. */
  put(path: string, entry: ListedEntry): void {
    const node = this.#node(path);
    this.#change(node, writeEntry(this.#tree, node, entry), ENTRY_FLAGS | NAMED);
  }

  /** Takes the answer to what is at a path: an entry, or undefined for none. */
  answer(path: string, header: TarEntryHeader | undefined): void {
    if (header === undefined) this.hide(path);
    else this.put(path, listedEntry(header));
    this.#change(this.#tree.add(path), ASKED);
  }

  /** Says that a path of the layers below is gone. */
  hide(path: string): void {
    this.#change(this.#node(path), WHITED_OUT);
  }

  /** Says that what the layers below have in a directory is gone. */
  hideBelow(directory: string): void {
    const node = this.#node(directory);
    this.#nameFrom(node);
    this.#change(node, HIDES_BELOW);
  }

  /** The layer's own entry for a path. */
  find(path: string): ListedEntry | undefined {
    const node = this.#tree.find(path);
    return node === 0 ? undefined : readEntry(this.#tree, node);
  }

  /** Whether a path is a directory of the layer that has no entry: engines make those. */
  isOnlyNamed(path: string): boolean {
    return (this.#flags(path) & NAMED) !== 0;
  }

  /** Whether it says anything of what is at a path, or below it. */
  touches(path: string): boolean {
    return (this.#flags(path) & (ENTRY | NAMED)) !== 0;
  }

  /** Whether the layers below no longer count for a path, itself or through a directory above it. */
  hides(path: string): boolean {
    const tree = this.#tree;
    if ((this.#flags(path) & WHITED_OUT) !== 0) return true;
    // From the root down: what is below a path that is not in the tree is not there either.
    for (let end = 0; end >= 0; end = path.indexOf("/", end + 1)) {
      const node = path === "" ? 0 : tree.find(path, end);
      if (node === 0) return false;
      if ((tree.flagsOf(node) & (WHITED_OUT | HIDES_BELOW | LEAF)) !== 0) return true;
    }
    return false;
  }

  #takeAway(parts: readonly string[], name: string): void {
    const directory = parts.join("/");
    if (name === OPAQUE) return this.hideBelow(directory);
    if (name.startsWith(META)) return;
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

  /** The node of a path, and directories above it. */
  #node(path: string): number {
    const node = this.#tree.add(path);
    this.#nameFrom(this.#tree.parentOf(node));
    return node;
  }

  /** Names a directory and those above it, up to one that is named already. */
  #nameFrom(directory: number): void {
    const tree = this.#tree;
    for (let node = directory; node > ROOT_NODE; node = tree.parentOf(node)) {
      const flags = tree.flagsOf(node);
      if ((flags & NAMED) !== 0) return;
      if ((flags & ENTRY) === 0) this.#change(node, NAMED);
    }
  }

  /** Changes flags, and the number of what is said. */
  #change(node: number, set: number, unset: number = 0): void {
    const before = this.#tree.flagsOf(node);
    const after = before & ~unset | set;
    for (const said of SAID) {
      if ((before & said) !== 0) this.#size--;
      if ((after & said) !== 0) this.#size++;
    }
    this.#tree.setFlags(node, after);
  }

  /** @throws {LayerError} if all listings together remember too much. */
  #count(): void {
    const { paths, text } = this.#counted;
    const now = { paths: this.#size, text: this.#tree.textSize };
    this.#counted = now;
    this.#budget.take(now.paths - paths, now.text - text);
  }
}
