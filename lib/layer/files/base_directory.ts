/** The directories that nearly every base has, which a layer leaves as they are. */

import type { TarEntryHeader } from "../../tar/entry.ts";

/** Filesystem Hierarchy Standard 3.0, chapters 3 to 5. */
const BASE_DIRECTORIES: ReadonlySet<string> = /* @__PURE__ */ new Set(
  /* @__PURE__ */ ("bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys tmp usr var " +
    "usr/bin usr/games usr/include usr/lib usr/lib32 usr/lib64 usr/libexec usr/libx32 usr/local usr/sbin usr/share usr/src " +
    "usr/local/bin usr/local/etc usr/local/games usr/local/include usr/local/lib usr/local/lib64 usr/local/man " +
    "usr/local/sbin usr/local/share usr/local/src " +
    "var/cache var/lib var/local var/lock var/log var/mail var/opt var/run var/spool var/tmp")
    .split(" "),
);

/**
 * Those of them whose mode is not 0755, in the order of `compareImagePaths`. Docker's overlay2 and Podman give 0755 to a directory for
 * which a layer has no entry, and that mode then counts for the whole image.
 */
export const DIRECTORY_MODES: readonly { readonly path: string; readonly mode: number }[] = [
  { path: "root", mode: 0o700 },
  { path: "tmp", mode: 0o1777 },
  { path: "var/tmp", mode: 0o1777 },
];

/** An entry for a directory of which nothing is known: root's with 0755, as engines make it, or as nearly every image has it. */
export function newDirectory(path: string): TarEntryHeader {
  const mode = DIRECTORY_MODES.find((directory) => directory.path === path)?.mode ?? 0o755;
  return { path: `${path}/`, type: "directory", size: 0, mode, uid: 0, gid: 0, mtime: 0 };
}

/**
 * Whether nearly every image has the directory. Its mode and owner in a local tree say nothing of those in the image. Without an entry,
 * containerd keeps the base's own, and Docker's overlay2 and Podman make it 0755 and 0:0. With an entry, all three replace a symbolic link
 * of the base (`bin` on merged-usr distributions, `var/run`) by a directory.
 */
export function isBaseDirectory(path: string): boolean {
  return BASE_DIRECTORIES.has(path);
}
