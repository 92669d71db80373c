/** The directories and links of a base, as its layers make them. */

import type { Transform } from "../base/bytes.ts";
import type { TarEntryHeader } from "../tar/entry.ts";
import { rewriteTar } from "../tar/rewriter.ts";
import { imagePathParts } from "./files/image_path.ts";
import { LayerError } from "./layer_error.ts";
import { OPAQUE, WHITEOUT } from "./files/removals.ts";

/** Prefix of whiteouts with a meaning of their own, such as the opaque marker. */
const META = `${WHITEOUT}${WHITEOUT}`;

/** The most links that are followed for one path: as many as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;

/** The most directories and links that are kept, some 200 bytes each. */
const MOST_NODES = 1_000_000;

/** Attributes of a directory's entry. */
type Attributes = Pick<TarEntryHeader, "mode" | "uid" | "gid" | "mtime">;

interface Node {
  /** The last layer with an entry for it, or below it. */
  layer: number;
  /** The last entry for it as a directory; absent where it is only named in the paths of others. */
  entry?: { readonly layer: number; readonly attributes: Attributes } | undefined;
  /** Target, if it is a symlink. */
  link?: string | undefined;
  children?: Map<string, Node>;
}

interface Place {
  readonly path: string;
  readonly node: Node | undefined;
}

/**
 * The directories and links of an image. Engines that unpack each layer by itself (Docker's overlay2, Podman, CRI-O) make what a layer
 * has no entry for with mode 0755 and as root's, and put a directory in the place of a link; with this, a layer can say what was there.
 */
export class BaseTree {
  readonly #root: Node = { layer: 0 };
  #layer = 0;
  #nodes = 0;

  /** Makes a tree of the same content, for a layer that may have to be read more than once. */
  copy(): BaseTree {
    const tree = new BaseTree();
    tree.#layer = this.#layer;
    tree.#nodes = this.#nodes;
    // Not by recursion: how deep the directories are is up to whoever made the base.
    const queue = [{ from: this.#root, to: tree.#root }];
    for (let pair = queue.pop(); pair !== undefined; pair = queue.pop()) {
      const { from: { layer, entry, link, children }, to } = pair;
      Object.assign(to, { layer, entry, link });
      if (children === undefined) continue;
      to.children = new Map();
      for (const [name, from] of children) {
        const child: Node = { layer: from.layer };
        to.children.set(name, child);
        queue.push({ from, to: child });
      }
    }
    return tree;
  }

  /** Starts the next layer up: entries that are added from now on are its. */
  startLayer(): void {
    this.#layer++;
  }

  /**
   * Adds an entry of the current layer.
   *
   * @throws {LayerError} if there are more directories than any image has.
   */
  add({ path, type, linkPath, mode, uid, gid, mtime }: TarEntryHeader): void {
    const parts = imagePathParts(path);
    const name = parts?.pop();
    if (parts === undefined || name === undefined) return;
    const parent = this.#enter(parts);
    if (name === OPAQUE) return this.#hideBelow(parent);
    if (name.startsWith(META)) return;
    if (name.startsWith(WHITEOUT)) return this.#hide(parent, name.slice(WHITEOUT.length));
    if (type === "directory") {
      const node = this.#child(parent, name);
      node.entry = { layer: this.#layer, attributes: { mode, uid, gid, mtime } };
    } else {
      parent.children?.delete(name);
      if (type === "symlink") this.#child(parent, name).link = linkPath ?? "";
    }
  }

  /**
   * Where an entry of a new layer comes to lie if the links above it are followed, as `COPY` follows them. A directory that is a link
   * in the base is the one that the link leads to, and stays as it is there.
   *
   * @returns the same entry where no link is in its way.
   * @throws {LayerError} if links lead in a circle.
   */
  resolve(entry: TarEntryHeader): TarEntryHeader {
    const { type, linkPath } = entry;
    const isDirectory = type === "directory";
    const place = this.#follow(entry.path, isDirectory);
    const target = type === "hard-link" ? this.#follow(linkPath ?? "", false) : undefined;
    if (place === undefined && target === undefined) return entry;
    return {
      ...entry,
      ...(place && { path: isDirectory ? `${place.path || "."}/` : place.path }),
      ...(isDirectory && place?.node?.entry?.attributes),
      ...(target && { linkPath: target.path }),
    };
  }

  /** The directories above an entry that the layers below have said something of, and this one has not; from the root down. */
  above({ path }: TarEntryHeader): TarEntryHeader[] {
    const missing: TarEntryHeader[] = [];
    const parts = imagePathParts(path)?.slice(0, -1) ?? [];
    let node: Node | undefined = this.#root;
    let above = "";
    for (const part of parts) {
      node = node.children?.get(part);
      if (node === undefined) break;
      above += `${part}/`;
      const { entry } = node;
      if (entry === undefined || entry.layer === this.#layer) continue;
      missing.push({ path: above, type: "directory", size: 0, ...entry.attributes });
    }
    return missing;
  }

  /** A path without the links in it, and what is there; undefined where there are none, and where it leaves the root. */
  #follow(path: string, isDirectory: boolean): Place | undefined {
    const rest = imagePathParts(path)?.reverse() ?? [];
    const done: { readonly part: string; readonly node: Node | undefined }[] = [];
    let links = 0;
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      if (part === "..") {
        done.pop();
        continue;
      }
      const above = done.length === 0 ? this.#root : done.at(-1)?.node;
      const node = above?.children?.get(part);
      // Where an entry itself is a link in the base, it takes its place.
      const link = rest.length > 0 || isDirectory ? node?.link : undefined;
      if (link === undefined) {
        done.push({ part, node });
        continue;
      }
      if (++links > MOST_LINKS) {
        throw new LayerError(
          `Cannot put ${JSON.stringify(path)} into the image: links of the base lead in a circle`,
        );
      }
      if (link.startsWith("/")) done.length = 0;
      rest.push(...link.split("/").filter((one) => one !== "" && one !== ".").reverse());
    }
    if (links === 0) return undefined;
    return { path: done.map(({ part }) => part).join("/"), node: done.at(-1)?.node };
  }

  /** Returns the directory at a path, and makes it one where it is not. */
  #enter(parts: readonly string[]): Node {
    return parts.reduce((node, part) => this.#child(node, part), this.#root);
  }

  #child(parent: Node, name: string): Node {
    parent.children ??= new Map();
    let node = parent.children.get(name);
    if (node === undefined) {
      if (++this.#nodes > MOST_NODES) {
        throw new LayerError(`Cannot remember more than ${MOST_NODES} directories and links`);
      }
      node = { layer: this.#layer };
      parent.children.set(name, node);
    }
    node.layer = this.#layer;
    node.link = undefined;
    return node;
  }

  /** Removes what the layers below have at a name. */
  #hide(parent: Node, name: string): void {
    const node = parent.children?.get(name);
    if (node !== undefined && this.#prune(parent, name, node)) this.#hideBelow(node);
  }

  /** Removes what the layers below have in a directory. */
  #hideBelow(directory: Node): void {
    const queue = [directory];
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      for (const [name, child] of node.children ?? []) {
        if (this.#prune(node, name, child)) queue.push(child);
      }
    }
  }

  /** Removes what the layers below say of a node itself; false where nothing of it is left. */
  #prune(parent: Node, name: string, node: Node): boolean {
    if (node.layer < this.#layer) {
      parent.children?.delete(name);
      return false;
    }
    if (node.entry !== undefined && node.entry.layer < this.#layer) node.entry = undefined;
    return true;
  }
}

/**
 * A stage that aligns the next layer with a tree, and adds it to the tree: links of the base are followed, and each directory above an
 * entry that the base says something of gets an entry that says the same, unless the layer brought one by then.
 */
export function alignWithTree(tree: BaseTree): Transform {
  tree.startLayer();
  return rewriteTar((entry) => tree.resolve(entry), {
    before(entry): TarEntryHeader[] {
      const above = tree.above(entry);
      for (const added of [...above, entry]) tree.add(added);
      return above;
    },
  });
}
