/** What an entry of a layer would do to the image under it that nobody wants. */

import type { TarEntryHeader } from "../tar/entry.ts";

/** Links to their namesakes under `usr` on all current distributions (systemd, "The Case for the /usr Merge"). */
const MERGED_USR: ReadonlySet<string> = new Set(["bin", "lib", "lib64", "sbin"]);

const SEARCHABLE_BY_OTHERS = 0o001;
const WORLD_WRITABLE_STICKY = 0o1777;

/** Tells what is wrong with an entry, if anything; the layer is kept as it is. */
export function entryFlaw(
  entry: Pick<TarEntryHeader, "path" | "type" | "mode" | "linkPath">,
): string | undefined {
  // Nearly all entries are such files, and there may be very many.
  if (entry.type === "file" && !entry.path.includes("..")) return undefined;
  const path = resolvePath(entry.path);
  const shown = JSON.stringify(entry.path);
  if (path === undefined) {
    return `The entry ${shown} leaves the root of the image: engines refuse such a layer`;
  }
  if (entry.type === "hard-link" && resolvePath(entry.linkPath ?? "") === undefined) {
    return `The hard link ${shown} points out of the image: engines refuse such a layer`;
  }
  if (entry.type === "symlink" && isRelative(entry.linkPath ?? "")) {
    const parent = path.split("/").slice(0, -1).join("/");
    if (resolvePath(`${parent}/${entry.linkPath}`) === undefined) {
      return `The symbolic link ${shown} points out of the image: Docker refuses such a layer`;
    }
  }
  if (entry.type !== "directory") return undefined;
  const mode = `0${entry.mode.toString(8)}`;
  if (MERGED_USR.has(path)) {
    return `The directory entry ${shown} replaces /${path}, which on most bases is a link to usr/${path}: programs there are no longer found. Leave the entry out, and keep the files in it`;
  }
  if (path === "tmp" && (entry.mode & 0o7777) !== WORLD_WRITABLE_STICKY) {
    return `The directory entry ${shown} sets the mode of /tmp to ${mode}, where programs expect 01777`;
  }
  if (path === "" && (entry.mode & SEARCHABLE_BY_OTHERS) === 0) {
    return `The entry ${shown} sets the mode of / to ${mode}: programs that do not run as root find no file any more`;
  }
  return undefined;
}

/** The path from the root without `.`, `..` and empty parts; undefined if it leaves the root. */
function resolvePath(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function isRelative(path: string): boolean {
  return !path.startsWith("/");
}
