/** The tree that the layers of an image make when an engine unpacks them over one another. */

import type { TarEntryHeader } from "../../tar/entry.ts";
import { imagePathParts, joinImagePath, LONGEST_NAME, LONGEST_PATH } from "../files/image_path.ts";
import { OPAQUE, WHITEOUT } from "../files/removals.ts";
import { PathBudget } from "../base/path_budget.ts";
import { PathTree, ROOT_NODE } from "../base/path_tree.ts";
import { LayerError } from "../layer_error.ts";
import { descend, isPlainName, pathNames } from "./descend.ts";
import { DIRECTORY, FILE, MergedEntries, SYMLINK, typeOf } from "./merged_entry.ts";

/** As many as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;
/** Paths, some 150 bytes each, and as much again while an image of so many is written. */
const MOST_PATHS = 1_000_000;
/** Names that begin so say something else than that their namesake is gone. */
const META = `${WHITEOUT}${WHITEOUT}`;

/** Numbers that a node has of its own. */
const OWN = {
  /** Of the entry that it comes from, over all layers and from 1; 0 of a directory that no layer has an entry for. */
  entry: 0,
  /** The last layer that has an entry for it, or below it, and the last one that hides what is below it; from 1. */
  layer: 1,
  opaque: 2,
} as const;
const OWN_WORDS = 3;

/** Layers as they are laid over one another, from the base up. Contents are not kept. Of each path there is a node. */
export class MergedTree {
  readonly #tree = new PathTree(OWN_WORDS);
  readonly #entries = new MergedEntries(this.#tree);
  /** Entries that there were before each layer. */
  readonly #starts: number[] = [];
  #entry = 0;
  readonly #budget: PathBudget;
  /** What the budget knows of. */
  #nodes = 0;
  #text = 0;
  /** The directory of the entry before, and its path as it is written; 0 where something was taken out since. */
  #directory = 0;
  #directoryPath = "";

  /** @param budget How much of the paths may be remembered. */
  constructor(budget: PathBudget = new PathBudget(MOST_PATHS)) {
    this.#budget = budget;
    this.#tree.setFlags(ROOT_NODE, DIRECTORY);
  }

  /** Begins the next layer. */
  startLayer(): void {
    this.#starts.push(this.#entry);
    this.#directory = 0;
  }

  /**
   * Takes the next entry of the layer.
   *
   * @param size Bytes of its content.
   * @throws {LayerError} if no engine unpacks it: it leaves the root, is below a file, or is linked to what is not there.
   */
  add(header: TarEntryHeader, size: number): void {
    this.#entry++;
    const { path } = header;
    const start = path.lastIndexOf("/") + 1;
    const last = path.slice(start);
    // Most are in the directory of the one before.
    const isBeside = this.#directory !== 0 && path.slice(0, start) === this.#directoryPath &&
      isPlainName(last);
    if (isBeside) this.#put(this.#directory, last, header, size);
    else {
      const parts = imagePathParts(path);
      if (parts === undefined) throw refuse(path, "it leads out of the image");
      const name = parts.pop();
      if (name === undefined) {
        if (header.type === "directory") this.#write(ROOT_NODE, header, size);
      } else if (name.startsWith(WHITEOUT)) this.#takeAway(parts, name, path);
      else {
        const directory = this.#followWith(parts, path, true);
        if (directory === 0 || !this.isDirectory(directory)) {
          throw refuse(path, "it is below something that is no directory");
        }
        this.#directory = name === last ? directory : 0;
        this.#directoryPath = path.slice(0, start);
        this.#put(directory, name, header, size);
      }
    }
    this.#count();
  }

  /** Every node, those of directories before what is in them, names in the order of their code units. */
  *nodes(): Iterable<number> {
    yield ROOT_NODE;
    yield* this.#tree.walk(ROOT_NODE);
  }

  /**
   * Follows a path through all links.
   *
   * @returns the node that it leads to; undefined if there is nothing.
   */
  resolve(path: string): number | undefined {
    return this.#follow(pathNames(path), false) || undefined;
  }

  /** Without a slash at either end; the root is the empty text. */
  pathOf(node: number): string {
    return this.#tree.pathOf(node);
  }

  isDirectory(node: number): boolean {
    return typeOf(this.#tree, node) === DIRECTORY;
  }

  /** The entry that a node comes from, under the node's own path. */
  headerOf(node: number): TarEntryHeader {
    const header = this.#entries.read(node);
    // A directory that no layer has an entry for is made by engines, as root's and with mode 0755.
    return this.entryOf(node) === 0 ? { ...header, mode: 0o755, uid: 0, gid: 0, mtime: 0 } : header;
  }

  /** Whether it is a file that is not empty. */
  hasContent(node: number): boolean {
    return typeOf(this.#tree, node) === FILE && this.#tree.sizeOf(node) > 0;
  }

  /** Number of the entry that a node comes from, over all layers and from 1. Names of one file have the same. */
  entryOf(node: number): number {
    return this.#tree.ownOf(node, OWN.entry);
  }

  /** The layer that an entry is in, and its place there: both from 0. */
  placeOf(entry: number): { readonly layer: number; readonly index: number } {
    const layer = this.#starts.findLastIndex((start) => start < entry);
    return { layer, index: entry - (this.#starts[layer] ?? 0) - 1 };
  }

  get #layer(): number {
    return this.#starts.length;
  }

  #write(node: number, header: TarEntryHeader, size: number): void {
    this.#entries.write(node, header, size);
    this.#tree.setOwn(node, OWN.entry, this.#entry);
    this.#tree.setOwn(node, OWN.layer, this.#layer);
  }

  /** Takes an entry with a name in a directory. */
  #put(directory: number, name: string, header: TarEntryHeader, size: number): void {
    const path = joinImagePath(this.#tree.pathOf(directory), name);
    if (path.length > LONGEST_PATH || name.length > LONGEST_NAME) {
      throw refuse(header.path, "it is longer than a file system takes");
    }
    if (header.type === "hard-link") this.#link(path, header);
    else this.#write(this.#place(path, header.type === "directory"), header, size);
  }

  /** The node of a path whose directory is there, for something new; what was there stays if both are directories. */
  #place(path: string, isDirectory: boolean): number {
    const node = this.#tree.add(path);
    const type = typeOf(this.#tree, node);
    if (type === 0 || isDirectory && type === DIRECTORY) return node;
    this.#remove(node);
    return this.#tree.add(path);
  }

  #link(path: string, header: TarEntryHeader): void {
    const tree = this.#tree;
    const target = imagePathParts(header.linkPath ?? "");
    const last = target?.pop();
    const directory = target && this.#followWith(target, header.path, false);
    const found = directory && last !== undefined
      ? tree.find(joinImagePath(tree.pathOf(directory), last))
      : 0;
    if (!found || this.isDirectory(found)) {
      throw refuse(
        header.path,
        `it is a link to ${JSON.stringify(header.linkPath)}, which is no file`,
      );
    }
    const flags = tree.flagsOf(found);
    const entry = this.entryOf(found);
    const node = this.#place(path, false);
    this.#entries.copy(found, flags, node);
    tree.setOwn(node, OWN.entry, entry);
    tree.setOwn(node, OWN.layer, this.#layer);
  }

  #takeAway(parts: readonly string[], name: string, path: string): void {
    if (name === WHITEOUT || name !== OPAQUE && name.startsWith(META)) return;
    const directory = this.#followWith(parts, path, false);
    if (directory === 0 || !this.isDirectory(directory)) return;
    if (name === OPAQUE) return this.#clear(directory);
    const gone = joinImagePath(this.#tree.pathOf(directory), name.slice(WHITEOUT.length));
    const found = this.#tree.find(gone);
    if (found !== 0) this.#remove(found);
  }

  /** Takes away what the layers below have; what this layer has brought before stays. */
  #clear(directory: number): void {
    const tree = this.#tree;
    // What has come since is of this layer.
    if (tree.ownOf(directory, OWN.opaque) === this.#layer) return;
    tree.setOwn(directory, OWN.opaque, this.#layer);
    for (const child of tree.children(directory)) {
      if (tree.ownOf(child, OWN.layer) !== this.#layer) this.#remove(child);
      else if (this.isDirectory(child)) this.#clear(child);
    }
  }

  #followWith(parts: readonly string[], path: string, makes: boolean): number {
    const found = this.#follow(parts, makes);
    if (found === undefined) throw refuse(path, "links on its way lead in a circle");
    return found;
  }

  /**
   * Follows names from the root through all links, and never out of the image.
   *
   * @param makes Whether directories that are missing are made, and those on the way are said to be of this layer.
   * @returns the node; 0 if there is nothing, undefined if links lead in a circle.
   */
  #follow(parts: readonly string[], makes: boolean): number | undefined {
    const tree = this.#tree;
    let rest = parts;
    let links = 0;
    let at = ROOT_NODE;
    while (rest.length > 0) {
      if (rest[0] === "..") {
        at = tree.parentOf(at) || ROOT_NODE;
        rest = rest.slice(1);
        continue;
      }
      const up = rest.indexOf("..");
      const run = up < 0 ? rest : rest.slice(0, up);
      const known = descend(tree, at, run);
      at = known.node;
      if (makes) this.#touch(at);
      rest = rest.slice(known.count);
      const name = run[known.count];
      if (name === undefined) continue;
      const next = tree.find(joinImagePath(tree.pathOf(at), name));
      if (next === 0) {
        if (!makes) return 0;
        at = this.#make(joinImagePath(tree.pathOf(at), run.slice(known.count).join("/")));
        rest = rest.slice(run.length - known.count);
      } else if (typeOf(tree, next) === SYMLINK) {
        if (++links > MOST_LINKS) return undefined;
        const linkPath = this.#entries.linkPath(next);
        if (linkPath.length >= LONGEST_PATH) return 0;
        // A path may lead through one link after the other, each time anew.
        this.#budget.take(0, linkPath.length);
        if (linkPath.startsWith("/")) at = ROOT_NODE;
        rest = [...pathNames(linkPath), ...rest.slice(1)];
      } else return rest.length === 1 ? next : 0;
    }
    return at;
  }

  /** Makes directories that no layer has an entry for. */
  #make(path: string): number {
    if (path.length > LONGEST_PATH) throw refuse(path, "it is longer than a file system takes");
    const made = this.#tree.add(path);
    for (let node = made; !this.isDirectory(node); node = this.#tree.parentOf(node)) {
      this.#tree.setFlags(node, DIRECTORY);
      this.#tree.setOwn(node, OWN.entry, 0);
      this.#tree.setOwn(node, OWN.layer, this.#layer);
    }
    return made;
  }

  /** Says that this layer has something in a directory, and so in those above it. */
  #touch(directory: number): void {
    const tree = this.#tree;
    let node = directory;
    while (node !== 0 && tree.ownOf(node, OWN.layer) !== this.#layer) {
      tree.setOwn(node, OWN.layer, this.#layer);
      node = tree.parentOf(node);
    }
  }

  #remove(node: number): void {
    this.#tree.remove(node);
    this.#directory = 0;
  }

  /** @throws {LayerError} if too much is remembered. */
  #count(): void {
    const { last, textSize } = this.#tree;
    this.#budget.take(last - this.#nodes, textSize - this.#text);
    this.#nodes = last;
    this.#text = textSize;
  }
}

function refuse(path: string, reason: string): LayerError {
  return new LayerError(
    `Cannot unpack ${JSON.stringify(path.slice(0, 300))} of the image: ${reason}`,
  );
}
