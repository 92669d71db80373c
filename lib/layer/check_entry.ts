/** Checks the entries of a layer for what would break the image. */

import { printableJson } from "../base/printable.ts";
import type { TarEntryHeader } from "../tar/entry.ts";
import type { Warning, WarningCode } from "../storage/warning.ts";
import { imagePathOf, imagePathParts } from "./files/image_path.ts";

/**
 * Paths that are symbolic links on all current distributions (systemd, "The Case for the /usr Merge"; Filesystem Hierarchy Standard 3.0,
 * 5.1), and their targets.
 */
const LINKED: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ["bin", "usr/bin"],
  ["lib", "usr/lib"],
  ["lib32", "usr/lib32"],
  ["lib64", "usr/lib64"],
  ["libx32", "usr/libx32"],
  ["sbin", "usr/sbin"],
  ["var/lock", "run/lock"],
  ["var/run", "run"],
]);

/** Files and directories that may be wrong: what leaves the root or lies below a link, `/tmp`, and the root itself. */
const SUSPICIOUS = /\.\.|^[./]*(?:s?bin|lib|var|(?:tmp)?[./]*$)/;

/** Engines that refuse entries and links that leave the image. */
const DOCKERS = ["Docker", "Podman"];

const SEARCHABLE_BY_OTHERS = 0o001;
const WORLD_WRITABLE_STICKY = 0o1777;

/** Options of {@linkcode checkEntry}. */
export interface CheckEntryOptions {
  /**
   * Whether the entry's path was resolved through the links of the base.
   *
   * @default {false}
   */
  readonly isAligned?: boolean | undefined;
}

/**
 * Warns of an entry that would break the image. All entries below one link of the base get the same message.
 */
export function checkEntry(
  entry: Pick<TarEntryHeader, "path" | "type" | "mode" | "linkPath">,
  { isAligned = false }: CheckEntryOptions = {},
): Warning | undefined {
  const { type } = entry;
  // Quickly passes nearly all entries, of which there may be very many.
  if ((type === "file" || type === "directory") && !SUSPICIOUS.test(entry.path)) return undefined;
  const path = imagePathOf(entry.path);
  const shown = printableJson(JSON.stringify(entry.path));
  const warning = (code: WarningCode, message: string, engines?: readonly string[]): Warning => ({
    code,
    message,
    path: entry.path,
    ...(engines === undefined ? {} : { engines }),
  });
  if (path === undefined) {
    return warning(
      "leaves-root",
      `The entry ${shown} leaves the root of the image: engines refuse such a layer`,
      DOCKERS,
    );
  }
  if (entry.type === "hard-link" && imagePathParts(entry.linkPath ?? "") === undefined) {
    return warning(
      "leaves-root",
      `The hard link ${shown} points out of the image: engines refuse such a layer`,
      DOCKERS,
    );
  }
  if (entry.type === "symlink" && isRelative(entry.linkPath ?? "")) {
    const parent = path.split("/").slice(0, -1).join("/");
    if (imagePathParts(`${parent}/${entry.linkPath}`) === undefined) {
      return warning(
        "leaves-root",
        `The symbolic link ${shown} points out of the image: Docker refuses such a layer`,
        DOCKERS,
      );
    }
  }
  const [top = ""] = /^(?:var\/)?[^/]+/.exec(path) ?? [];
  const linked = isAligned ? undefined : LINKED.get(top);
  if (linked !== undefined && (path !== top || entry.type === "directory")) {
    return {
      code: "replaces-link",
      message:
        `The layer has entries in /${top}: where the base has a link to ${linked} there, as most have, engines put a directory in its place, and all that was found through the link is gone. Put them into ${linked}, and leave /${top} out, or read the base (option readBase)`,
      path: top,
      hint: { kind: "read-base" },
    };
  }
  if (entry.type !== "directory") return undefined;
  const mode = `0${entry.mode.toString(8)}`;
  if (path === "tmp" && (entry.mode & 0o7777) !== WORLD_WRITABLE_STICKY) {
    return warning(
      "tmp-mode",
      `The directory entry ${shown} sets the mode of /tmp to ${mode}, where programs expect 01777`,
    );
  }
  if (path === "" && (entry.mode & SEARCHABLE_BY_OTHERS) === 0) {
    return warning(
      "root-mode",
      `The entry ${shown} sets the mode of / to ${mode}: programs that do not run as root find no file any more`,
    );
  }
  return undefined;
}

function isRelative(path: string): boolean {
  return !path.startsWith("/");
}
