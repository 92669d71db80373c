/** Merges layers as OCI image spec 1.1, layer.md, says, with nothing of the library's own views: an oracle for tests. */

import type { Bytes } from "../../../lib/base/bytes.ts";
import { readEntries } from "../../image/read_entries.ts";

const clean = (path: string): string => path.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");

/**
 * The tree of an image: by path, the type, mode, owner and content or target of each entry as one text.
 *
 * @param layers Uncompressed, from the lowest up.
 */
export function mergeLayers(layers: readonly Bytes[]): Map<string, string> {
  let tree = new Map<string, string>();
  for (const layer of layers) {
    const entries = readEntries(layer);
    const kept = new Map<string, string>();
    const gone = entries.flatMap(({ path }) => {
      const name = clean(path);
      const slash = name.lastIndexOf("/") + 1;
      const last = name.slice(slash);
      if (last === ".wh..wh..opq") return [{ path: name.slice(0, slash - 1), isSelf: false }];
      if (!last.startsWith(".wh.")) return [];
      return [{ path: name.slice(0, slash) + last.slice(4), isSelf: true }];
    });
    const replaced = entries.filter(({ type }) => type !== "directory").map(({ path }) =>
      clean(path)
    );
    for (const [path, what] of tree) {
      const isGone = gone.some((one) =>
        path.startsWith(`${one.path}/`) || one.isSelf && path === one.path
      );
      if (!isGone && !replaced.some((one) => path.startsWith(`${one}/`))) kept.set(path, what);
    }
    tree = kept;
    for (const entry of entries) {
      const path = clean(entry.path);
      if (path === "" || path.slice(path.lastIndexOf("/") + 1).startsWith(".wh.")) continue;
      if (entry.type === "hard-link") {
        tree.set(path, tree.get(clean(entry.linkPath ?? "")) ?? "a link to nothing");
        continue;
      }
      const { type, mode, uid, gid, linkPath = "", content } = entry;
      const shownMode = type === "symlink" ? "" : mode.toString(8);
      tree.set(path, `${type} ${shownMode} ${uid}:${gid} ${linkPath}${content}`);
    }
  }
  return tree;
}
