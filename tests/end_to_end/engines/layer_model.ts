/** What layers make together, by the rules of the OCI image specification: what an engine's files are compared with. */

import { type FileTree, type TreeEntry, treeEntry } from "./file_tree.ts";
import { readMembers } from "./tar_members.ts";

/** The files of an image. */
export interface ModelledImage {
  readonly tree: FileTree;
  /** Directories that no layer has an entry for, or that the last layer has files in and no entry for: engines make them as they like. */
  readonly implied: ReadonlySet<string>;
}

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
const IMPLIED: TreeEntry = { type: "directory", mode: 0o755, uid: 0, gid: 0, content: "" };

/** Applies layers to nothing, from the lowest up. */
export function modelImage(layers: readonly Uint8Array[]): ModelledImage {
  const tree = new Map<string, TreeEntry>();
  const implied = new Set<string>();
  for (const layer of layers) applyLayer(layer, tree, implied);
  return { tree, implied };
}

function applyLayer(layer: Uint8Array, tree: Map<string, TreeEntry>, implied: Set<string>): void {
  const below = new Set(tree.keys());
  const named = new Set<string>();
  const remove = (path: string, only: ReadonlySet<string>, itself: boolean): void => {
    for (const one of [...tree.keys()]) {
      const isHit = one === path ? itself : one.startsWith(path === "" ? "" : `${path}/`);
      if (isHit && only.has(one) && !named.has(one)) tree.delete(one);
    }
  };
  for (const member of readMembers(layer)) {
    const written = member.path.split("/");
    const name = written.pop() ?? "";
    const above = resolve(written.join("/"), tree);
    const path = above === "" ? name : `${above}/${name}`;
    if (path === "") continue;
    if (name === OPAQUE) remove(above, below, false);
    else if (name.startsWith(WHITEOUT)) {
      const gone = name.slice(WHITEOUT.length);
      remove(above === "" ? gone : `${above}/${gone}`, below, true);
    }
    const parts = above.split("/");
    for (let depth = 1; above !== "" && depth <= parts.length; depth++) {
      const parent = parts.slice(0, depth).join("/");
      if (!tree.has(parent)) tree.set(parent, IMPLIED);
      if (!named.has(parent)) implied.add(parent);
    }
    if (name.startsWith(WHITEOUT)) continue;
    const linked = member.type === "hard-link"
      ? tree.get(resolveParent(member.target, tree))
      : undefined;
    if (member.type !== "directory") remove(path, new Set(tree.keys()), true);
    tree.set(path, linked ?? treeEntry(member));
    named.add(path);
    implied.delete(path);
  }
}

function resolveParent(path: string, tree: FileTree): string {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  const above = resolve(parts.join("/"), tree);
  return above === "" ? name : `${above}/${name}`;
}

/** A directory's path without the links in it; as an engine sees it, whose root is the image's. */
function resolve(path: string, tree: FileTree): string {
  const rest = path.split("/").filter((part) => part !== "").reverse();
  const done: string[] = [];
  for (let steps = 0; rest.length > 0 && steps < 1_000; steps++) {
    const part = rest.pop() ?? "";
    if (part === "..") {
      done.pop();
      continue;
    }
    const entry = tree.get([...done, part].join("/"));
    if (entry?.type !== "link") {
      done.push(part);
      continue;
    }
    if (entry.content.startsWith("/")) done.length = 0;
    rest.push(...entry.content.split("/").filter((one) => one !== "" && one !== ".").reverse());
  }
  return done.join("/");
}
