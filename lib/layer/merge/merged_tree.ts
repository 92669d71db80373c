/** The tree that the layers of an image make when an engine unpacks them over one another. */

import type { TarEntryHeader } from "../../tar/entry.ts";
import {
  imagePathParts,
  joinImagePath,
  LONGEST_NAME,
  LONGEST_PATH,
  MOST_LINKS,
  pathNames,
} from "../files/image_path.ts";
import { META_WHITEOUT, OPAQUE, WHITEOUT } from "../files/removals.ts";
import { PathBudget } from "../base/path_budget.ts";
import { PathTree, ROOT_NODE } from "../base/path_tree.ts";
import { LayerError } from "../layer_error.ts";
import { descend, isPlainName } from "./descend.ts";
import { DIRECTORY, FILE, MergedEntries, SYMLINK, typeOf } from "./merged_entry.ts";

/** The most paths, which take some 150 bytes each, and as much again while the image is written. */
const MOST_PATHS = 1_000_000;
/** The free numbers of a node: see {@linkcode PathTree.ownOf}. */
const OWN = {
  /** Number of its entry, counted from 1 over all layers; 0 for a directory without an entry. */
  entry: 0,
  /** The last layer, from 1, that has an entry for the node or below it, and the last one with an opaque marker in it. */
  layer: 1,
  opaque: 2,
} as const;
const OWN_WORDS = 3;

/** The paths of an image, built from the entries of its layers, which are added from the base up. Contents are not kept. */
export class MergedTree {
  readonly #tree = new PathTree(OWN_WORDS);
  readonly #entries = new MergedEntries(this.#tree);
  /** How many entries came before each layer. */
  readonly #starts: number[] = [];
  #entry = 0;
  readonly #budget: PathBudget;
  /** Nodes and bytes of text that the budget was told of. */
  #nodes = 0;
  #text = 0;
  /** Node of the previous entry's directory, and its path as it is written; 0 if a node was removed since. */
  #directory = 0;
  #directoryPath = "";

  constructor(budget: PathBudget = new PathBudget(undefined, MOST_PATHS)) {
    this.#budget = budget;
    this.#tree.setFlags(ROOT_NODE, DIRECTORY);
  }

  /** Begins the next layer. */
  startLayer(): void {
    this.#starts.push(this.#entry);
    this.#directory = 0;
  }

  /**
   * Adds the next entry of the layer.
   *
   * @param size Bytes of its content.
   * @throws {LayerError} if no engine unpacks it: it leaves the root, is below a file, or is a hard link to something that is not there.
   */
  add(header: TarEntryHeader, size: number): void {
    this.#entry++;
    const { path } = header;
    const start = path.lastIndexOf("/") + 1;
    const last = path.slice(start);
    // Most entries are in the directory of the previous one.
    const isBeside = this.#directory !== 0 && path.slice(0, start) === this.#directoryPath &&
      isPlainName(last);
    if (isBeside) this.#put(this.#directory, last, header, size);
    else {
      const parts = imagePathParts(path);
      if (parts === undefined) throw refuse(path, "it leads out of the image");
      const name = parts.pop();
      if (name === undefined) {
        if (header.type === "directory") this.#write(ROOT_NODE, header, size);
      } else if (name.startsWith(WHITEOUT)) this.#applyWhiteout(parts, name, path);
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

  /** Every node, in the order of `compareImagePaths`. */
  *nodes(): Iterable<number> {
    yield ROOT_NODE;
    yield* this.#tree.walk(ROOT_NODE);
  }

  /**
   * Follows a path through all symbolic links.
   *
   * @returns the node at its end; undefined if there is nothing.
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

  /** The header of a node's entry, with the path of the node. */
  headerOf(node: number): TarEntryHeader {
    const header = this.#entries.read(node);
    // Engines make a directory without an entry root's, with mode 0755.
    return this.entryOf(node) === 0 ? { ...header, mode: 0o755, uid: 0, gid: 0, mtime: 0 } : header;
  }

  /** Whether a node is a file that is not empty. */
  hasContent(node: number): boolean {
    return typeOf(this.#tree, node) === FILE && this.#tree.sizeOf(node) > 0;
  }

  /** Number of a node's entry, counted from 1 over all layers. The hard links of one file have the same number. */
  entryOf(node: number): number {
    return this.#tree.ownOf(node, OWN.entry);
  }

  /** The layer that an entry is in, and its index there, both from 0. */
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

  /** Adds an entry by its name and its directory's node. */
  #put(directory: number, name: string, header: TarEntryHeader, size: number): void {
    const path = joinImagePath(this.#tree.pathOf(directory), name);
    if (path.length > LONGEST_PATH || name.length > LONGEST_NAME) {
      throw refuse(header.path, "it is longer than a file system takes");
    }
    if (header.type === "hard-link") this.#link(path, header);
    else this.#write(this.#makeRoom(path, header.type === "directory"), header, size);
  }

  /** The node for a new entry; what is at its path is removed, unless both are directories. */
  #makeRoom(path: string, isDirectory: boolean): number {
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
    const node = this.#makeRoom(path, false);
    this.#entries.copy(found, flags, node);
    tree.setOwn(node, OWN.entry, entry);
    tree.setOwn(node, OWN.layer, this.#layer);
  }

  #applyWhiteout(parts: readonly string[], name: string, path: string): void {
    if (name === WHITEOUT || name !== OPAQUE && name.startsWith(META_WHITEOUT)) return;
    const directory = this.#followWith(parts, path, false);
    if (directory === 0 || !this.isDirectory(directory)) return;
    if (name === OPAQUE) return this.#clear(directory);
    const gone = joinImagePath(this.#tree.pathOf(directory), name.slice(WHITEOUT.length));
    const found = this.#tree.find(gone);
    if (found !== 0) this.#remove(found);
  }

  /** Removes what the layers below have in a directory, and keeps what this layer has added. */
  #clear(directory: number): void {
    const tree = this.#tree;
    // Anything that came after an earlier marker is of this layer.
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
   * @param makes Whether missing directories are made, and those on the way are marked as used by this layer.
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
        // Counts the work: a path may lead through many long links.
        this.#budget.take(0, linkPath.length);
        if (linkPath.startsWith("/")) at = ROOT_NODE;
        rest = [...pathNames(linkPath), ...rest.slice(1)];
      } else return rest.length === 1 ? next : 0;
    }
    return at;
  }

  /** Makes directories without an entry. */
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

  /** Marks a directory, and those above it, as used by this layer. */
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
