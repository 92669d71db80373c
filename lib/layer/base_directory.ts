/** Directories that are the base's business. */

/** Filesystem Hierarchy Standard 3.0, chapters 3 to 5. */
const BASE_DIRECTORIES: ReadonlySet<string> = new Set(
  [
    "bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys tmp usr var",
    "usr/bin usr/games usr/include usr/lib usr/lib32 usr/lib64 usr/libexec usr/libx32 usr/local usr/sbin usr/share usr/src",
    "usr/local/bin usr/local/etc usr/local/games usr/local/include usr/local/lib usr/local/lib64 usr/local/man",
    "usr/local/sbin usr/local/share usr/local/src",
    "var/cache var/lib var/local var/lock var/log var/mail var/opt var/run var/spool var/tmp",
  ].join(" ").split(" "),
);

/**
 * Whether nearly every image has the directory. An entry for it would set its mode and owner for all that the base has there, and
 * where the base has a symlink (`bin` on merged-usr distributions, `var/run`) would take its place.
 */
export function isBaseDirectory(path: string): boolean {
  return BASE_DIRECTORIES.has(path);
}
