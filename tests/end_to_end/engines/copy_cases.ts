/** Sources and destinations of `--add`, and of `COPY`: files that they are from, and an image that they go into. */

import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { concatBytes } from "../../../lib/base/bytes.ts";
import { content, END, header } from "../../tar/archive.ts";

/** One command and its counterpart. */
export interface CopyCase {
  /** `SRC:DEST` of each `--add`. */
  readonly adds: readonly string[];
  /** The arguments of `COPY` but its options, where they are not those of the only `--add`. */
  readonly copy?: string;
  readonly chown?: string;
}

const one = (add: string, chown?: string): CopyCase => ({
  adds: [add],
  ...(chown !== undefined && { chown }),
});

/** All of them. */
export const COPY_CASES: readonly CopyCase[] = [
  // A file.
  one("f.txt:/data/app"),
  one("f.txt:/data/app/"),
  one("f.txt:/data/app/new.txt"),
  one("f.txt:/data/app/old"),
  one("f.txt:/new/deep/f.txt"),
  one("f.txt:/new/deep/"),
  one("f.txt:/new/deep"),
  one("f.txt:/data/app/sub"),
  one("f.txt:/ext/dir.d"),
  one("f.txt:/tmp/"),
  one("f.txt:/tmp"),
  one("f.txt:."),
  one("f.txt:/"),
  one("f.txt:data/app/relative.txt"),
  one("f.txt:/data/./app/../app/normal.txt"),
  one("run.sh:/usr/local/bin/run"),
  // Links of the image on the way.
  one("f.txt:/var/run/f.txt"),
  one("f.txt:/var/run"),
  one("f.txt:/link/absolute/f.txt"),
  one("f.txt:/link/relative/"),
  one("f.txt:/link/chain/f.txt"),
  one("f.txt:/link/chain"),
  one("d:/var/run"),
  one("d:/link/absolute"),
  one("d:/link/absolute/inside"),
  // A directory.
  one("d:/data/app"),
  one("d:/data/app/"),
  one("d:/data/app/sub"),
  one("d:/new"),
  one("d:/new/deep/"),
  one("d:/"),
  one("d/sub:/data/app"),
  one("d/empty:/data/app/e"),
  one("tree:/data"),
  one("tree:/"),
  // Patterns.
  one("conf/*.conf:/etc/app/"),
  one("conf/?.conf:/etc/app/"),
  one("conf/[ab].conf:/etc/"),
  one("conf/c*:/etc/c.txt"),
  one("con*:/etc/app"),
  one("con*/[a-b]*f:/etc/app/"),
  one("odd[[]1].txt:/data/"),
  // Links of the source.
  one("to-file:/data/linked"),
  one("to-directory:/data/linked"),
  // Owners.
  one("f.txt:/data/app/owned", "1000:2000"),
  one("f.txt:/data/owned/deep/", "1000:50"),
  one("d:/data/owned/deep", "1000:50"),
  one("d:/data/app", "5"),
  one("tree:/data", "1000:6"),
  one("f.txt:/data/app/named", "app"),
  one("d:/data/named/deep", "app:staff"),
  one("f.txt:/data/named/", "9:app"),
  one("f.txt:/data/app/named", "app:9"),
  // Several.
  { adds: ["f.txt:/data/app/", "run.sh:/data/app/"], copy: "f.txt run.sh /data/app/" },
  { adds: ["f.txt:/new/", "d:/new/"], copy: "f.txt d /new/" },
];

/** What neither of them takes. */
export const COPY_REFUSED: readonly CopyCase[] = [
  one("f.txt:/data/app/old/f.txt"),
  one("f.txt:/data/app/old/"),
  one("d:/data/app/old/d"),
];

/** Makes the files. */
export async function makeCopySources(place: string): Promise<void> {
  for (const directory of ["d/sub", "d/empty", "conf/d.conf", "tree/app/sub", "tree/ext"]) {
    await mkdir(join(place, directory), { recursive: true });
  }
  const files: Readonly<Record<string, number>> = {
    "f.txt": 0o644,
    "run.sh": 0o755,
    "d/a.txt": 0o600,
    "d/.hidden": 0o640,
    "d/sub/b.txt": 0o444,
    "conf/a.conf": 0o644,
    "conf/b.conf": 0o640,
    "conf/c.txt": 0o644,
    "conf/.d.conf": 0o644,
    "conf/d.conf/x": 0o644,
    "tree/app/new": 0o644,
    "tree/app/sub/new": 0o644,
    "tree/ext/x": 0o644,
    "odd[1].txt": 0o644,
    "odd1.txt": 0o644,
  };
  for (const [path, mode] of Object.entries(files)) {
    await writeFile(join(place, path), `${path}\n`);
    await chmod(join(place, path), mode);
  }
  const directories: Readonly<Record<string, number>> = {
    "d": 0o750,
    "d/sub": 0o700,
    "d/empty": 0o711,
    "tree": 0o755,
    "tree/app": 0o751,
    "tree/app/sub": 0o775,
    "tree/ext": 0o700,
  };
  for (const [path, mode] of Object.entries(directories)) await chmod(join(place, path), mode);
  await symlink("a.txt", join(place, "d/ln"));
  await symlink("f.txt", join(place, "to-file"));
  await symlink("d", join(place, "to-directory"));
}

const folder = (name: string, mode = 0o755, uid = 0, gid = 0): Uint8Array<ArrayBuffer> =>
  header({ name: `${name}/`, typeFlag: "5", mode, uid, gid });

const file = (name: string, text: string): Uint8Array<ArrayBuffer> =>
  concatBytes([header({ name, size: text.length }), content(text)]);

const link = (name: string, linkName: string): Uint8Array<ArrayBuffer> =>
  header({ name, typeFlag: "2", mode: 0o777, linkName });

/** The image's layers. */
export const COPY_BASE: readonly Uint8Array<ArrayBuffer>[] = [
  concatBytes([
    folder("etc"),
    file("etc/passwd", "root:x:0:0::/:/bin/sh\napp:x:1000:2000::/srv:/bin/sh\n"),
    file("etc/group", "root:x:0:\nstaff:x:50:app\napp:x:2000:\n"),
    folder("run"),
    ...[folder("usr"), folder("usr/local"), folder("usr/local/bin")],
    folder("tmp", 0o1777),
    folder("var"),
    link("var/run", "/run"),
    END,
  ]),
  concatBytes([
    folder("data", 0o755, 3, 4),
    folder("data/app", 0o750, 7, 8),
    file("data/app/old", "old\n"),
    folder("data/app/sub", 0o700, 7, 8),
    folder("ext", 0o775, 0, 9),
    file("ext/file.d", "a file\n"),
    folder("ext/dir.d", 0o770, 1, 1),
    folder("link"),
    link("link/absolute", "/data/app"),
    link("link/relative", "../data/app/sub"),
    link("link/chain", "absolute"),
    END,
  ]),
];
