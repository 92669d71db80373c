/** The tree that the layers of an image make when an engine unpacks them over one another. */

import type { TarEntryHeader } from "../../tar/entry.ts";
import { imagePathParts } from "../files/image_path.ts";
import { OPAQUE, WHITEOUT } from "../files/removals.ts";
import { PathBudget } from "../base/path_budget.ts";
import { LayerError } from "../layer_error.ts";

/** As many as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;
/** Directories in one another: as many as a path has room for (limits.h, PATH_MAX). */
const DEEPEST = 2_048;
/** Names, some 400 bytes each beside their text. */
const MOST_PATHS = 1_000_000;
/** Names that begin so say something else than that their namesake is gone. */
const META = `${WHITEOUT}${WHITEOUT}`;

/** What names stand for: a file that has several of them is one of these. */
export interface MergedFile {
  readonly header: TarEntryHeader;
  /** Of the layer that it is in, from the base up, and of the entry in that. */
  readonly layer: number;
  readonly entry: number;
  /** Bytes of its content. */
  readonly size: number;
}

/** A name in a directory. */
interface MergedNode {
  file: MergedFile | undefined;
  /** Of a directory alone. */
  children: Map<string, MergedNode> | undefined;
  /** The last layer that has an entry for it, or below it. */
  layer: number;
}

/** A path of the tree and what is there; without a file it is a directory that no layer has an entry for. */
export interface MergedPath {
  /** Without a slash at either end; the root is the empty text. */
  readonly path: string;
  readonly isDirectory: boolean;
  readonly file: MergedFile | undefined;
}

/** Layers as they are laid over one another, from the base up. Contents are not kept. */
export class MergedTree {
  readonly #root: MergedNode = { file: undefined, children: new Map(), layer: -1 };
  #layer = -1;
  #entry = -1;
  readonly #budget = new PathBudget(MOST_PATHS);

  /** Begins the next layer. */
  startLayer(): void {
    this.#layer++;
    this.#entry = -1;
  }

  /**
   * Takes the next entry of the layer.
   *
   * @param size Bytes of its content.
   * @throws {LayerError} if no engine unpacks it: it leaves the root, is below a file, or is linked to what is not there.
   */
  add(header: TarEntryHeader, size: number): void {
    this.#entry++;
    const parts = imagePathParts(header.path);
    if (parts === undefined) throw refuse(header.path, "it leads out of the image");
    const name = parts.pop();
    if (name === undefined) {
      if (header.type === "directory") this.#root.file = this.#fileOf(header, size);
      return;
    }
    const isWhiteout = name.startsWith(WHITEOUT);
    if (isWhiteout) return this.#takeAway(parts, name, header.path);
    const parent = this.#parent(parts, header.path);
    const found = parent.get(name);
    if (header.type === "hard-link") return this.#link(parent, name, header);
    const isDirectory = header.type === "directory";
    const children = isDirectory ? found?.children ?? new Map<string, MergedNode>() : undefined;
    this.#put(parent, name, { file: this.#fileOf(header, size), children, layer: this.#layer });
  }

  /** Everything in it, directories before what is in them, names in the order of their code units. */
  *paths(): Generator<MergedPath> {
    yield* this.#walk(this.#root, "", 0);
  }

  /**
   * Follows a path through all links.
   *
   * @returns the path that it leads to; undefined if there is nothing.
   */
  resolve(path: string): string | undefined {
    const rest = path.split("/").filter((part) => part !== "" && part !== ".").reverse();
    const at: { name: string; node: MergedNode }[] = [];
    let links = 0;
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      if (part === "..") {
        at.pop();
        continue;
      }
      const node = (at.at(-1)?.node ?? this.#root).children?.get(part);
      if (node === undefined) return undefined;
      const { type, linkPath = "" } = node.file?.header ?? {};
      if (type !== "symlink") {
        at.push({ name: part, node });
        continue;
      }
      if (++links > MOST_LINKS) return undefined;
      if (linkPath.startsWith("/")) at.length = 0;
      rest.push(...linkPath.split("/").filter((one) => one !== "" && one !== ".").reverse());
    }
    return at.map(({ name }) => name).join("/");
  }

  *#walk(node: MergedNode, path: string, depth: number): Generator<MergedPath> {
    const { file, children } = node;
    if (depth > DEEPEST) throw refuse(path.slice(0, 100), "it is too deep");
    yield { path, isDirectory: children !== undefined, file };
    if (children === undefined) return;
    for (const name of [...children.keys()].sort()) {
      const child = children.get(name);
      if (child !== undefined) {
        yield* this.#walk(child, path === "" ? name : `${path}/${name}`, depth + 1);
      }
    }
  }

  /** The directory of an entry: links on the way are followed, and never out of the image; what is missing is made. */
  #parent(parts: readonly string[], path: string): Map<string, MergedNode> {
    const node = this.#follow(parts, path, true);
    if (node?.children === undefined) {
      throw refuse(path, "it is below something that is no directory");
    }
    return node.children;
  }

  #follow(parts: readonly string[], path: string, makes: boolean): MergedNode | undefined {
    const rest = [...parts].reverse();
    const at: MergedNode[] = [this.#root];
    let links = 0;
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      const here = at.at(-1) ?? this.#root;
      if (part === "..") {
        if (at.length > 1) at.pop();
        continue;
      }
      if (here.children === undefined) return undefined;
      let next = here.children.get(part);
      if (next === undefined) {
        if (!makes) return undefined;
        next = { file: undefined, children: new Map(), layer: this.#layer };
        this.#put(here.children, part, next);
      }
      const { type, linkPath = "" } = next.file?.header ?? {};
      if (type === "symlink") {
        if (++links > MOST_LINKS) throw refuse(path, "links on its way lead in a circle");
        if (linkPath.startsWith("/")) at.length = 1;
        rest.push(...linkPath.split("/").filter((one) => one !== "" && one !== ".").reverse());
        continue;
      }
      next.layer = makes ? this.#layer : next.layer;
      at.push(next);
    }
    return at.at(-1);
  }

  #link(parent: Map<string, MergedNode>, name: string, header: TarEntryHeader): void {
    const target = imagePathParts(header.linkPath ?? "");
    const last = target?.pop();
    const directory = target && this.#follow(target, header.path, false);
    const found = last === undefined ? undefined : directory?.children?.get(last);
    if (found?.file === undefined || found.children !== undefined) {
      throw refuse(
        header.path,
        `it is a link to ${JSON.stringify(header.linkPath)}, which is no file`,
      );
    }
    this.#put(parent, name, { file: found.file, children: undefined, layer: this.#layer });
  }

  #takeAway(parts: readonly string[], name: string, path: string): void {
    if (name !== OPAQUE && name.startsWith(META)) return;
    const directory = this.#follow(parts, path, false)?.children;
    if (directory === undefined) return;
    if (name === OPAQUE) this.#clear(directory);
    else directory.delete(name.slice(WHITEOUT.length));
  }

  /** Takes away what the layers below have; what this layer has brought before stays. */
  #clear(directory: Map<string, MergedNode>): void {
    for (const [name, node] of directory) {
      if (node.layer !== this.#layer) directory.delete(name);
      else if (node.children !== undefined) this.#clear(node.children);
    }
  }

  #put(directory: Map<string, MergedNode>, name: string, node: MergedNode): void {
    const old = directory.get(name);
    this.#budget.take(old === undefined ? 1 : 0, name.length + textOf(node) - textOf(old));
    directory.set(name, node);
  }

  #fileOf(header: TarEntryHeader, size: number): MergedFile {
    return { header, layer: this.#layer, entry: this.#entry, size };
  }
}

/** UTF-16 units of what is remembered of a name. */
function textOf(node: MergedNode | undefined): number {
  const { path = "", linkPath = "", records = [] } = node?.file?.header ?? {};
  const attributes = records.reduce((sum, record) => sum + record[0].length + record[1].length, 0);
  return path.length + linkPath.length + attributes;
}

function refuse(path: string, reason: string): LayerError {
  return new LayerError(`Cannot unpack ${JSON.stringify(path)} of the image: ${reason}`);
}
