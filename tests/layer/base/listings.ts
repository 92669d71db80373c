import { LayerListing } from "../../../lib/layer/base/layer_listing.ts";
import type { TarEntryHeader } from "../../../lib/tar/entry.ts";

/** Reads `dir/ UID`, `link -> target` or `file`. */
export function entryOf(text: string): TarEntryHeader {
  const common = { mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
  const [path = "", linkPath] = text.split(" -> ");
  if (linkPath !== undefined) return { ...common, path, type: "symlink", linkPath };
  const [name = "", uid = "0"] = text.split(" ");
  if (!name.endsWith("/")) return { ...common, path: name, type: "file" };
  return { ...common, path: name, type: "directory", uid: Number(uid), gid: Number(uid) };
}

/** A layer of entries, which was read to its end unless the first one is "?". */
export function listingOf(...entries: readonly string[]): LayerListing {
  const listing = new LayerListing();
  for (const text of entries) if (text !== "?") listing.add(entryOf(text));
  if (entries[0] !== "?") listing.complete();
  return listing;
}
