/** Archives that tar programs and mutations make, and that not every engine takes: one for each row of `docs/engines.md`. */

import { gzipSync } from "node:zlib";
import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { content, END, header, member, pax, type RawFields } from "../tar/archive.ts";

/** What becomes of an archive: refused before anything is written, changed, accepted with a warning, or passed on as it is. */
export type Expectation = "ok" | "repaired" | "refused" | "warned";

/** One archive. */
export interface ArchiveCase {
  readonly name: string;
  readonly bytes: Bytes;
  readonly expect: Expectation;
  /** Of the warning, or the kind of the repair. */
  readonly code?: string;
  /** In the message of a refusal: the name of the entry, mostly. */
  readonly names?: string;
  /** What is in the layer after a repair, as `TYPE PATH[ -> TARGET]`. */
  readonly entries?: readonly string[];
  /** A repair that needs the archive to be read twice: refused where it is a stream. */
  readonly twice?: true;
  /** The directory of the image that it is put below. */
  readonly prefix?: string;
}

const folder = (name: string, fields: RawFields = {}): Bytes =>
  header({ name, typeFlag: "5", mode: 0o755, ...fields });

const symlink = (name: string, linkName: string): Bytes =>
  header({ name, typeFlag: "2", mode: 0o777, linkName });

const hardLink = (
  name: string,
  linkName: string,
  more: Partial<Parameters<typeof header>[0]> = {},
): Bytes => header({ name, typeFlag: "1", linkName, ...more });

const file = (name: string, data = "x"): Bytes => member({ name }, data);

const ofType = (typeFlag: string, name = "srv/f"): Bytes => header({ name, typeFlag });

const tar = (...parts: readonly Bytes[]): Bytes => concatBytes([...parts, END]);

const octal = (value: number): string => `${value.toString(8).padStart(11, "0")}\0`;

/** GNU's sparse file of type "S". */
function gnuSparse(
  name: string,
  size: number,
  regions: readonly (readonly [offset: number, data: string])[],
): Bytes {
  const stored = regions.map(([, data]) => data).join("");
  const pairs = regions.map(([offset, data]) => octal(offset) + octal(data.length)).join("");
  const fields = { name, typeFlag: "S", magic: "ustar  \0", size: stored.length };
  return concatBytes([
    header({ ...fields, at: [[386, pairs], [483, octal(size)]] }),
    content(stored),
  ]);
}

/** The sparse files of pax, all with "abc" at 1,000 and "de" at 5,000 of 10,000 bytes. */
const PAX_SPARSE = {
  "0.0": concatBytes([
    pax([
      ["GNU.sparse.size", "10000"],
      ["GNU.sparse.numblocks", "2"],
      ["GNU.sparse.offset", "1000"],
      ["GNU.sparse.numbytes", "3"],
      ["GNU.sparse.offset", "5000"],
      ["GNU.sparse.numbytes", "2"],
    ]),
    file("srv/sparse", "abcde"),
  ]),
  "0.1": concatBytes([
    pax([
      ["GNU.sparse.size", "10000"],
      ["GNU.sparse.numblocks", "2"],
      ["GNU.sparse.name", "srv/sparse"],
      ["GNU.sparse.map", "1000,3,5000,2"],
    ]),
    file("GNUSparseFile.0/sparse", "abcde"),
  ]),
  "1.0": concatBytes([
    pax([
      ["GNU.sparse.major", "1"],
      ["GNU.sparse.minor", "0"],
      ["GNU.sparse.name", "srv/sparse"],
      ["GNU.sparse.realsize", "10000"],
    ]),
    header({ name: "GNUSparseFile.0/sparse", size: 517 }),
    content("2\n1000\n3\n5000\n2\n"),
    content("abcde"),
  ]),
} as const;

/** What every sparse file above holds. */
export const WHOLE_SPARSE: Bytes = new Uint8Array(10_000);
WHOLE_SPARSE.set(new TextEncoder().encode("abc"), 1_000);
WHOLE_SPARSE.set(new TextEncoder().encode("de"), 5_000);

/** The attribute `cap_net_bind_service=ep` of Linux (capabilities(7), VFS_CAP_REVISION_2): engines refuse what is none. */
const CAPABILITY = `\x01\0\0\x02\0\x04\0\0${"\0".repeat(12)}`;

const LONG_NAME = "n".repeat(256);
const LONG_TARGET = "t/".repeat(2_048);

/** All of them. */
export const ARCHIVE_CASES: readonly ArchiveCase[] = [
  {
    name: "directories, files and links as every engine takes them",
    bytes: tar(
      folder("srv/"),
      file("srv/a"),
      hardLink("srv/b", "srv/a"),
      symlink("srv/c", "a"),
      symlink("srv/d", "/etc/passwd"),
      file("srv/sub/.wh.gone", ""),
      file("srv/sub/.wh..wh..opq", ""),
    ),
    expect: "ok",
  },
  {
    name: "a directory of the time before POSIX",
    bytes: tar(header({ name: "srv/", typeFlag: "\0", magic: "", mode: 0o755 }), file("srv/a")),
    expect: "ok",
  },
  {
    name: "extended attributes of Linux",
    bytes: tar(
      pax([["SCHILY.xattr.user.a", "1"], ["SCHILY.xattr.security.capability", CAPABILITY]]),
      file("srv/a"),
    ),
    expect: "ok",
  },
  // A path twice.
  {
    name: "a directory twice",
    bytes: tar(folder("srv/x/"), folder("./srv/x"), file("srv/x/f")),
    expect: "repaired",
    code: "repeated",
    entries: ["directory srv/x/", "file srv/x/f"],
  },
  {
    name: "a directory and a file in it, twice, as GNU tar writes them",
    bytes: tar(
      folder("site/"),
      folder("site/sub/"),
      file("site/sub/b"),
      folder("site/sub/"),
      hardLink("site/sub/b", "site/sub/b"),
    ),
    expect: "repaired",
    code: "repeated",
    entries: ["directory site/", "directory site/sub/", "file site/sub/b"],
  },
  {
    name: "the same links twice",
    bytes: tar(
      file("srv/a"),
      hardLink("srv/b", "srv/a"),
      symlink("srv/c", "a"),
      hardLink("srv/b", "srv/a"),
      symlink("srv/c", "a"),
    ),
    expect: "repaired",
    code: "repeated",
    entries: ["file srv/a", "hard-link srv/b -> srv/a", "symlink srv/c -> a"],
  },
  {
    name: "a directory twice, with two modes",
    bytes: tar(folder("srv/x/"), file("srv/x/f"), folder("srv/x/", { mode: 0o700 })),
    expect: "repaired",
    code: "repeated",
    twice: true,
    entries: ["file srv/x/f", "directory srv/x/"],
  },
  {
    name: "a file twice",
    bytes: tar(file("srv/f", "1"), file("srv/g"), file("./srv/f", "22")),
    expect: "repaired",
    code: "repeated",
    twice: true,
    entries: ["file srv/g", "file ./srv/f"],
  },
  {
    name: "a file, then a link in its place",
    bytes: tar(file("srv/f", "1"), file("srv/f", "2"), symlink("srv/f", "g"), file("srv/g")),
    expect: "repaired",
    code: "repeated",
    twice: true,
    entries: ["symlink srv/f -> g", "file srv/g"],
  },
  {
    name: "a file twice, with a hard link to the second",
    bytes: tar(file("srv/f", "1"), file("srv/f", "2"), hardLink("srv/h", "srv/f")),
    expect: "repaired",
    code: "repeated",
    twice: true,
    entries: ["file srv/f", "hard-link srv/h -> srv/f"],
  },
  {
    name: "a file twice, with a hard link to the first",
    bytes: tar(file("srv/f", "1"), hardLink("srv/h", "srv/f"), file("srv/f", "2")),
    expect: "refused",
    names: "srv/f",
  },
  {
    name: "a directory with a file in it, then a file in its place",
    bytes: tar(folder("srv/x/"), file("srv/x/f"), file("srv/x")),
    expect: "refused",
    names: "srv/x",
  },
  {
    name: "an entry below a file",
    bytes: tar(file("srv/x"), file("srv/x/f")),
    expect: "refused",
    names: "srv/x/f",
  },
  {
    name: "a file in the place of a directory that only has entries",
    bytes: tar(file("srv/x/f"), file("srv/x")),
    expect: "refused",
    names: "srv/x",
  },
  // Sparse files.
  {
    name: "GNU's sparse file",
    bytes: tar(gnuSparse("srv/sparse", 10_000, [[1_000, "abc"], [5_000, "de"]])),
    expect: "repaired",
    code: "sparse",
    entries: ["file srv/sparse"],
  },
  {
    name: "GNU's sparse file without any data",
    bytes: tar(gnuSparse("srv/disk.img", 1_048_576, [])),
    expect: "repaired",
    code: "sparse",
    entries: ["file srv/disk.img"],
  },
  ...Object.entries(PAX_SPARSE).map(([version, bytes]): ArchiveCase => ({
    name: `a sparse file of pax, version ${version}`,
    bytes: tar(bytes),
    expect: "repaired",
    code: "sparse",
    entries: ["file srv/sparse"],
  })),
  {
    name: "a sparse file of many terabytes",
    bytes: tar(gnuSparse("srv/huge", 2 ** 32, [[0, "x"]])),
    expect: "refused",
    names: "srv/huge",
  },
  {
    name: "a sparse map past the data",
    bytes: tar(concatBytes([
      header({
        name: "srv/sparse",
        typeFlag: "S",
        magic: "ustar  \0",
        size: 1,
        at: [[386, octal(0) + octal(600)], [483, octal(1_000)]],
      }),
      content("x"),
    ])),
    expect: "refused",
    names: "srv/sparse",
  },
  // Types.
  {
    name: "a volume label",
    bytes: tar(header({ name: "label", typeFlag: "V", magic: "" }), file("srv/f")),
    expect: "repaired",
    code: "label",
    entries: ["file srv/f"],
  },
  {
    name: "a directory of an incremental dump",
    bytes: tar(
      member({ name: "inc/", typeFlag: "D", magic: "ustar  \0" }, "Ya\0\0"),
      file("inc/a"),
    ),
    expect: "repaired",
    code: "dump-directory",
    entries: ["directory inc/", "file inc/a"],
  },
  {
    name: "a contiguous file",
    bytes: tar(member({ name: "srv/c7", typeFlag: "7" }, "x")),
    expect: "repaired",
    code: "contiguous",
    entries: ["file srv/c7"],
  },
  ...["N", "A", "Z", "8"].map((flag): ArchiveCase => ({
    name: `type ${flag}`,
    bytes: tar(ofType(flag)),
    expect: "refused",
    names: "srv/f",
  })),
  // Links.
  {
    name: "a hard link into the base",
    bytes: tar(hardLink("srv/hl", "etc/base.txt")),
    expect: "warned",
    code: "hard-link-into-base",
  },
  {
    name: "a hard link with another mode than its file",
    bytes: tar(file("srv/t"), hardLink("srv/h", "srv/t", { mode: 0o755 })),
    expect: "warned",
    code: "hard-link-differs",
  },
  {
    name: "a hard link with another owner, to a hard link",
    bytes: tar(
      file("srv/t"),
      hardLink("srv/h", "srv/t"),
      hardLink("srv/i", "srv/h", { at: [[108, "0000007\0"]] }),
    ),
    expect: "warned",
    code: "hard-link-differs",
  },
  {
    name: "a hard link before its target",
    bytes: tar(hardLink("srv/h", "srv/t"), file("srv/t")),
    expect: "refused",
    names: "srv/t",
  },
  {
    name: "a hard link to itself",
    bytes: tar(hardLink("srv/h", "./srv/h")),
    expect: "refused",
    names: "srv/h",
  },
  {
    name: "a hard link to a directory",
    bytes: tar(folder("srv/d/"), hardLink("srv/h", "srv/d")),
    expect: "refused",
    names: "srv/h",
  },
  {
    name: "a hard link to a directory that only has entries",
    bytes: tar(file("srv/d/f"), hardLink("srv/h", "srv/d/")),
    expect: "refused",
    names: "srv/h",
  },
  {
    name: "a hard link to nothing",
    bytes: tar(hardLink("srv/h", "")),
    expect: "refused",
    names: "srv/h",
  },
  {
    name: "a symbolic link to nothing",
    bytes: tar(symlink("srv/s", "")),
    expect: "refused",
    names: "srv/s",
  },
  {
    name: "a target of 4,096 bytes",
    bytes: tar(
      member({ typeFlag: "K", magic: "ustar  \0" }, `${LONG_TARGET}\0`),
      symlink("srv/s", ""),
    ),
    expect: "refused",
    names: "srv/s",
  },
  {
    name: "links that lead in a circle",
    bytes: tar(symlink("srv/a", "b"), symlink("srv/b", "a"), file("srv/a/f")),
    expect: "refused",
    names: "srv/a/f",
  },
  {
    name: "an entry below a link that stays in the archive",
    bytes: tar(folder("usr/"), folder("usr/lib/"), symlink("srv", "usr/lib"), file("srv/x")),
    expect: "ok",
  },
  {
    name: "an entry below a link that leaves the archive",
    bytes: tar(symlink("a", "/etc"), file("a/passwd")),
    expect: "warned",
    code: "below-symlink",
  },
  {
    name: "an entry below a link, with a prefix",
    bytes: tar(symlink("a", "/etc"), file("a/passwd")),
    expect: "refused",
    names: "a/passwd",
    prefix: "/srv/tenant",
  },
  // Names.
  {
    name: "a name component of 256 bytes",
    bytes: tar(member({ typeFlag: "L", magic: "ustar  \0" }, `srv/${LONG_NAME}\0`), file("n")),
    expect: "refused",
    names: LONG_NAME,
  },
  ...[".wh.", ".wh..", ".wh..."].map((name): ArchiveCase => ({
    name: `a whiteout named ${name}`,
    bytes: tar(file(`srv/${name}`, "")),
    expect: "refused",
    names: `srv/${name}`,
  })),
  {
    name: "a whiteout after what it deletes",
    bytes: tar(file("srv/f"), file("srv/.wh.f", "")),
    expect: "refused",
    names: "srv/.wh.f",
  },
  {
    name: "a hard link to a whiteout",
    bytes: tar(file("srv/.wh.f", ""), hardLink("srv/h", "srv/.wh.f")),
    expect: "refused",
    names: "srv/h",
  },
  {
    name: "a whiteout before what takes its place",
    bytes: tar(file("srv/sub/.wh.gone", ""), file("srv/sub/gone", "new")),
    expect: "ok",
  },
  { name: "an empty name", bytes: tar(file("", "")), expect: "refused", names: '""' },
  {
    name: "the root as a file",
    bytes: tar(file(".", "")),
    expect: "refused",
    names: '"."',
  },
  {
    name: "the root as a symbolic link",
    bytes: tar(symlink("/", "/etc")),
    expect: "refused",
    names: '"/"',
  },
  {
    name: "the root as a hard link",
    bytes: tar(file("f"), hardLink(".", "f")),
    expect: "refused",
    names: '"."',
  },
  {
    name: "a file whose name ends with a slash",
    bytes: tar(file("etc/", ""), file("x")),
    expect: "refused",
    names: "etc/",
  },
  // Readers that disagree.
  {
    name: "a pax header together with GNU's long name",
    bytes: tar(
      pax([["path", "harmless.txt"]]),
      member({ typeFlag: "L", magic: "ustar  \0" }, "etc/passwd\0"),
      file("n"),
    ),
    expect: "refused",
    names: "harmless.txt",
  },
  {
    name: "a size that begins with NUL",
    bytes: tar(
      header({ name: "cover", size: "\x000000001000" }),
      header({ name: "tail" }),
    ),
    expect: "refused",
    names: "cover",
  },
  // Records.
  {
    name: "a global header with a comment, as of git archive",
    bytes: tar(pax([["comment", "0123456789abcdef"]], "g"), file("srv/f")),
    expect: "repaired",
    code: "global-header",
    entries: ["file srv/f"],
  },
  {
    name: "a global header with an owner",
    bytes: tar(
      pax([["uid", "7"], ["mtime", "9"]], "g"),
      file("srv/f"),
      pax([["uid", "8"]]),
      file("srv/g"),
    ),
    expect: "repaired",
    code: "global-header",
    entries: ["file srv/f", "file srv/g"],
  },
  {
    name: "a hard link behind a global header with an owner",
    bytes: tar(file("srv/f"), pax([["uid", "7"]], "g"), hardLink("srv/h", "srv/f")),
    expect: "refused",
    names: "srv/h",
  },
  {
    name: "a hard link and its file behind a global header with an owner",
    bytes: tar(pax([["uid", "7"]], "g"), file("srv/f"), hardLink("srv/h", "srv/f")),
    expect: "repaired",
    code: "global-header",
    entries: ["file srv/f", "hard-link srv/h -> srv/f"],
  },
  {
    name: "attributes of a Mac",
    bytes: tar(
      pax([
        ["SCHILY.xattr.com.apple.provenance", "\x01\x02"],
        ["LIBARCHIVE.xattr.com.apple.provenance", "AQIA"],
        ["LIBARCHIVE.creationtime", "1700000000"],
        ["SCHILY.xattr.user.kept", "1"],
      ]),
      file("srv/f"),
    ),
    expect: "repaired",
    code: "foreign-attributes",
    entries: ["file srv/f"],
  },
  // What is no layer at all.
  {
    name: "an image of docker save",
    bytes: tar(
      file("manifest.json", "[]"),
      file(`${"0a".repeat(32)}.json`, "{}"),
      file("repositories", "{}"),
    ),
    expect: "refused",
    names: "docker save",
  },
  {
    name: "an image of skopeo, as oci-archive",
    bytes: tar(
      folder("blobs/"),
      folder("blobs/sha256/"),
      file("oci-layout", "{}"),
      file("index.json", "{}"),
    ),
    expect: "refused",
    names: "OCI",
  },
];

/** The same, compressed: what needs a repair is decompressed and compressed again, or refused where it is to be kept. */
export function compressedCases(): ArchiveCase[] {
  return ARCHIVE_CASES.map((one) => ({
    ...one,
    name: `${one.name}, compressed`,
    bytes: new Uint8Array(gzipSync(one.bytes)),
    ...(one.code === "global-header" ? { expect: "warned", code: "global-header" } : {}),
  }));
}
