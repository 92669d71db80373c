/** The directories that every base has, and that a layer leaves as they are. */

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
 * Those that are not 0755 in nearly every image, in the order of `compareImagePaths`. Docker's overlay2 and Podman make a directory
 * that a layer has no entry for with 0755, which then counts for the whole image.
 */
export const DIRECTORY_MODES: readonly { readonly path: string; readonly mode: number }[] = [
  { path: "root", mode: 0o700 },
  { path: "tmp", mode: 0o1777 },
  { path: "var/tmp", mode: 0o1777 },
];

/**
 * Whether nearly every image has the directory. What a local tree says of its mode and owner is chance. Without an entry, containerd
 * keeps the base's own, and Docker's overlay2 and Podman make it 0755 and 0:0; where the base has a symlink (`bin` on merged-usr
 * distributions, `var/run`), all three put a directory in its place.
 */
export function isBaseDirectory(path: string): boolean {
  return BASE_DIRECTORIES.has(path);
}
