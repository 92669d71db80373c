import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { TarError } from "../../lib/tar/tar_error.ts";
import { TarScanner } from "../../lib/tar/scanner.ts";
import { encodeText } from "../../lib/tar/text.ts";
import { content, END, header, member, pax, scan, scanOne } from "./archive.ts";

/** Text of a sparse pair: two octal numbers. */
const pair = (offset: number, size: number): string =>
  `${offset.toString(8).padStart(11, "0")}\0${size.toString(8).padStart(11, "0")}\0`;

/** GNU's sparse header: six stored bytes in two regions of a 5,000-byte file. */
const oldSparse = (more: readonly (readonly [number, string])[] = []): Bytes =>
  header({
    typeFlag: "S",
    magic: "ustar  \0",
    size: 6,
    at: [[386, pair(1_000, 4)], [410, pair(4_998, 2)], [483, "00000011610\0"], ...more],
  });

const SPARSE_1_0 = [
  ["GNU.sparse.major", "1"],
  ["GNU.sparse.minor", "0"],
  ["GNU.sparse.name", "dir/sparse"],
  ["GNU.sparse.realsize", "5000"],
] as const;

/** An archive that has everything at once. */
const EVERYTHING = concatBytes([
  pax([["comment", "a whole archive"]], "g"),
  header({ name: "dir/", typeFlag: "5", mode: 0o755 }),
  member({ name: "dir/plain", uid: 1, gid: 2, mtime: 3, userName: "u", groupName: "g" }, "plain"),
  pax([["path", "dir/lång"], ["mtime", "-1.5"], ["uid", "3000000"], ["SCHILY.xattr.user.a", "\0"]]),
  member({ name: "short" }, "x".repeat(1_025)),
  member({ name: "././@LongLink", typeFlag: "K" }, `${"t".repeat(600)}\0`),
  member({ name: "././@LongLink", typeFlag: "L" }, `${"l".repeat(600)}\0`),
  header({ typeFlag: "2", linkName: "tttt" }),
  header({ name: "hard", typeFlag: "1", linkName: "dir/plain", size: 5 }),
  header({ name: "pipe", typeFlag: "6" }),
  header({ name: "null", typeFlag: "3", deviceMajor: 1, deviceMinor: 3 }),
  oldSparse(),
  content("sparse"),
  pax(SPARSE_1_0),
  header({ name: "GNUSparseFile.0/sparse", size: 518 }),
  content("2\n1000\n4\n4998\n2\n"),
  content("sparse"),
  member({ name: "volume", typeFlag: "V" }, "unknown"),
  header({ name: "old/", typeFlag: "\0", magic: "" }),
  END,
]);

test("TarScanner reads every kind of entry", () => {
  const entries = scan(EVERYTHING);
  const shown = entries.map(({ path, type, size }) => `${type} ${path.slice(0, 12)} ${size}`);
  assert.deepEqual(shown, [
    "directory dir/ 0",
    "file dir/plain 5",
    "file dir/lång 1025",
    "symlink llllllllllll 0",
    "hard-link hard 0",
    "fifo pipe 0",
    "character-device null 0",
    "file file 6",
    "file dir/sparse 518",
    "other volume 7",
    "directory old/ 0",
  ]);
  const [, plain, long, link, hard] = entries;
  assert.deepEqual(plain, {
    path: "dir/plain",
    type: "file",
    mode: 0o644,
    uid: 1,
    gid: 2,
    mtime: 3,
    size: 5,
    userName: "u",
    groupName: "g",
    typeFlag: "0",
  });
  assert.equal(long?.mtime, -1.5);
  assert.equal(long?.uid, 3_000_000);
  assert.deepEqual(long?.records?.at(-1), ["SCHILY.xattr.user.a", "\0"]);
  assert.equal(link?.path, "l".repeat(600));
  assert.equal(link?.linkPath, "t".repeat(600));
  assert.equal(hard?.linkPath, "dir/plain");
});

test("TarScanner finds the same with every chunk size from 1 to 1,025", () => {
  const expected = scan(EVERYTHING);
  for (let size = 1; size <= 1_025; size++) assert.deepEqual(scan(EVERYTHING, size), expected);
});

test("TarScanner counts entries and needs no listener", () => {
  const scanner = new TarScanner();
  scanner.write(EVERYTHING);
  scanner.end();
  assert.equal(scanner.entryCount, 11);
});

test("TarScanner keeps nothing of the arrays that it was given", () => {
  const scanner = new TarScanner();
  const chunk = new Uint8Array(100);
  for (let offset = 0; offset < EVERYTHING.length; offset += 100) {
    const part = EVERYTHING.subarray(offset, offset + 100);
    chunk.set(part);
    scanner.write(chunk.subarray(0, part.length));
    chunk.fill(0xff);
  }
  scanner.end();
  assert.equal(scanner.entryCount, 11);
});

test("TarScanner takes any number of zeros at the end, and a single block of them", () => {
  for (const zeros of [512, 1_024, 10_240, 100_352]) {
    assert.equal(scan(concatBytes([member({}, "a"), new Uint8Array(zeros)]), 4_096).length, 1);
  }
});

const ZERO = new Uint8Array(512);

/** What is refused, and what the message says. */
const REFUSED: readonly (readonly [string, readonly Bytes[], string])[] = [
  ["nothing", [], "there is nothing, not even an end of archive, at byte 0"],
  ["no entries", [END], "it ends without any entry at byte 1024"],
  ["only a global header", [pax([["comment", "x"]], "g"), END], "it ends without any entry"],
  [
    "text",
    [content("Hello, world\n".repeat(50))],
    'there is something else, which starts with "Hello, world\\nHello, world\\nHello, world\\nH", at byte 0',
  ],
  ["binary", [content("\udc89PNG\r\n".repeat(90))], "there is something else at byte 0"],
  [
    "short text",
    [encodeText("hello\n")],
    "it is cut short, or something else: a first header alone has 512 bytes, and this ends at byte 6",
  ],
  [
    "a broken first header",
    [header({ checksum: "000000" }), END],
    "the checksum of the first header is wrong at byte 0",
  ],
  [
    "a broken later header",
    [member({}, "a"), header({ checksum: "000000" }), END],
    "there is no valid header (its checksum is wrong) at byte 1024",
  ],
  [
    "cut in content",
    [member({ name: "a/b" }, "x".repeat(600)).subarray(0, 1_000)],
    'it is cut short in the content of "a/b", which starts at byte 512, at byte 1000',
  ],
  [
    "cut in padding",
    [member({ name: "a" }, "x").subarray(0, 700)],
    'it is cut short in the content of "a", which starts at byte 512, at byte 700',
  ],
  [
    "cut in a header",
    [member({}, "x"), header().subarray(0, 100)],
    "it is cut short in the middle of a block at byte 1124",
  ],
  [
    "cut in an extended header",
    [pax([["path", "x"]])],
    "it is cut short in the headers of an entry at byte 1024",
  ],
  [
    "cut before its end",
    [member({}, "x")],
    "it is cut short: there is no end-of-archive marker at byte 1024",
  ],
  [
    "cut in its end",
    [member({}, "x"), END.subarray(0, 700)],
    "it is cut short in the middle of a block at byte 1724",
  ],
  [
    "data behind the end",
    [member({}, "x"), END, encodeText("rest")],
    "there is more data behind the archive's end (which is at byte 1024), at byte 2048",
  ],
  [
    "an archive behind the end",
    [member({}, "x"), ZERO, member({}, "x"), END],
    "there is more data behind the archive's end (which is at byte 1024), at byte 1536",
  ],
  [
    "a huge extended header",
    [header({ typeFlag: "x", size: 1_048_577 })],
    "there is an extended header of 1048577 bytes, where 1048576 are the limit, at byte 0",
  ],
  [
    "two extended headers",
    [pax([]), pax([])],
    "there is an extended header without an entry before it",
  ],
  [
    "two long names",
    [member({ typeFlag: "L" }, "a"), member({ typeFlag: "L" }, "a")],
    "there is a long name without an entry before it",
  ],
  [
    "two long link targets",
    [member({ typeFlag: "K" }, "a"), member({ typeFlag: "K" }, "a")],
    "there is a long link target without an entry before it",
  ],
  [
    "a global header within",
    [pax([["path", "x"]]), pax([], "g")],
    "there is a global extended header without",
  ],
  [
    "a global path",
    [pax([["path", "x"]], "g")],
    'a global extended header sets "path" for all entries',
  ],
  [
    "a global size",
    [pax([["size", "1"]], "g")],
    'a global extended header sets "size" for all entries',
  ],
  ["zeros in the headers of an entry", [pax([["path", "x"]]), END], "there is no valid header"],
  [
    "another volume",
    [member({ typeFlag: "M" }, "x"), END],
    "there is a file that goes on from another volume at byte 0",
  ],
  [
    "Solaris' headers",
    [member({ typeFlag: "X" }, ""), END],
    "there is an extended header of Solaris at byte 0",
  ],
  [
    "a symlink with content",
    [member({ typeFlag: "2" }, "x"), END],
    "there is a symlink with 1 bytes of content at byte 0",
  ],
  ["a fifo with content", [member({ typeFlag: "6" }, "x"), END], "there is a fifo with 1 bytes"],
  [
    "an old directory with content",
    [member({ name: "d/" }, "x"), END],
    "there is a directory with 1 bytes",
  ],
  [
    "a hard link with pax content",
    [pax([["size", "1"]]), header({ typeFlag: "1" })],
    "there is a hard-link with 1 bytes",
  ],
  [
    "a sparse file of an unknown kind",
    [header({ typeFlag: "S" }), END],
    "there is a sparse file of a kind that is not GNU's",
  ],
  [
    "two kinds of sparse file",
    [pax(SPARSE_1_0), oldSparse(), END],
    "there is a sparse file in a header that is not ustar's",
  ],
  [
    "a sparse map in records, in a header without a magic",
    [
      pax([["GNU.sparse.size", "9"], ["GNU.sparse.numblocks", "1"], ["GNU.sparse.map", "3,6"]]),
      member({ magic: "" }, "sparse"),
      END,
    ],
    "there is a sparse file in a header that is not ustar's",
  ],
  [
    "a sparse map out of order",
    [oldSparse([[410, pair(1_003, 2)]])],
    "the map of a sparse file has 2 bytes at 1003, out of order",
  ],
  [
    "a sparse map past the end",
    [oldSparse([[410, pair(4_999, 2)]])],
    "the map of a sparse file has 2 bytes at 4999, out of order",
  ],
  [
    "a sparse map of other bytes",
    [oldSparse([[410, pair(4_998, 1)]])],
    "the map of a sparse file covers 5 bytes where 6 are stored",
  ],
  ["a sparse map with a gap", [oldSparse([[482, "\x01"]])], "the map of a sparse file has a gap"],
  [
    "a sparse map with an offset alone",
    [oldSparse([[434, "D"]])],
    "the map of a sparse file has half a pair",
  ],
  [
    "a sparse map with a size alone",
    [oldSparse([[446, "00000000001"]])],
    "the map of a sparse file has half a pair",
  ],
  ["a sparse map that is no number", [oldSparse([[386, "x"]])], "the header's sparse offset is"],
  [
    "a sparse map that is cut",
    [pax(SPARSE_1_0), header({ size: 512 }), content("2\n1000\n4\n4998\n2"), END],
    "the map of a sparse file is not made of numbers",
  ],
  [
    "a sparse map longer than its content",
    [pax(SPARSE_1_0), header({ size: 600 }), content(`400\n${"1\n0\n".repeat(400)}`), END],
    "the map of a sparse file is longer than its content",
  ],
  [
    "a sparse map with an empty line",
    [pax(SPARSE_1_0), header({ size: 600 }), content("2\n\n1\n"), END],
    "the map of a sparse file has an empty line",
  ],
];

test("TarScanner refuses what is no whole archive, with every chunk size, and says why and where", () => {
  for (const [name, parts, message] of REFUSED) {
    const archive = concatBytes(parts);
    for (const size of [1, 7, 511, 512, 513, 100_000]) {
      assert.throws(() => scan(archive, size), (error: Error) => {
        assert.ok(error instanceof TarError, name);
        assert.equal(error.name, "TarError");
        assert.ok(
          error.message.startsWith("Cannot read the tar archive: "),
          error.message,
        );
        assert.ok(error.message.includes(message), `${name}: ${error.message}`);
        assert.ok(error.message.endsWith(` at byte ${error.offset}`), error.message);
        return true;
      });
    }
  }
});

test("TarScanner takes no more than a gigabyte of zeros behind the end", () => {
  const scanner = new TarScanner();
  scanner.write(concatBytes([member({}, ""), END]));
  const zeros = new Uint8Array(64 * 1024 * 1024);
  for (let count = 0; count < 15; count++) scanner.write(zeros);
  assert.throws(
    () => {
      scanner.write(zeros);
      scanner.write(zeros);
    },
    /there are more than 1073741824 bytes of zeros behind the archive's end \(which is at byte 512\)/,
  );
});

test("TarScanner takes a directory's size for nothing, as GNU tar and Go do", () => {
  assert.equal(scanOne(header({ name: "d", typeFlag: "5", size: 4_096 })).size, 0);
});

test("TarScanner takes an extended header that is empty", () => {
  assert.equal(scanOne(pax([]), header()).path, "file");
});

test("TarScanner follows a sparse map into its extensions", () => {
  const stored = 4 + 21 + 1;
  const map = (from: number, count: number): string =>
    Array.from({ length: count }, (_, index) => pair((from + index) * 2, 1)).join("");
  const extension = (from: number, count: number, more: string): Bytes => {
    const block = new Uint8Array(512);
    block.set(encodeText(map(from, count)));
    block.set(encodeText(more), 504);
    return block;
  };
  const entry = scanOne(
    oldSparse([[386, map(0, 4)], [482, "\x01"], [124, "00000000032\0"]]),
    extension(4, 21, "\x01"),
    extension(25, 1, "\0"),
    content("s".repeat(stored)),
  );
  assert.equal(entry.size, stored);
});

/** Records of a sparse file with six stored bytes. */
const SPARSE_0_0 = [
  ["GNU.sparse.size", "5000"],
  ["GNU.sparse.numblocks", "2"],
  ["GNU.sparse.offset", "1000"],
  ["GNU.sparse.numbytes", "4"],
  ["GNU.sparse.offset", "4998"],
  ["GNU.sparse.numbytes", "2"],
] as const;
const SPARSE_0_1 = [
  ["GNU.sparse.size", "5000"],
  ["GNU.sparse.numblocks", "2"],
  ["GNU.sparse.name", "dir/sparse"],
  ["GNU.sparse.map", "1000,4,4998,2"],
] as const;

test("TarScanner reads the maps of sparse files in pax records", () => {
  assert.equal(scanOne(pax(SPARSE_0_0), member({}, "sparse")).path, "file");
  assert.equal(scanOne(pax(SPARSE_0_1), member({}, "sparse")).path, "dir/sparse");
});

test("TarScanner refuses pax records of sparse files that contradict each other", () => {
  const broken = [
    SPARSE_0_0.slice(0, 5),
    SPARSE_0_0.slice(1),
    SPARSE_0_0.toReversed(),
    [...SPARSE_0_0, SPARSE_0_0[0]],
    SPARSE_0_1.slice(0, 3),
    [...SPARSE_0_1.slice(0, 3), ["GNU.sparse.map", "1000,4,x,2"]],
    [...SPARSE_0_1.slice(0, 3), ["GNU.sparse.map", "1000,4,4998"]],
    [...SPARSE_0_1.slice(0, 3), ["GNU.sparse.map", "1000,4,4999,2"]],
    [...SPARSE_0_1.slice(0, 3), ["GNU.sparse.map", "1000,4,4998,1"]],
    [...SPARSE_1_0, ["GNU.sparse.map", "1000,4"]],
    [["GNU.sparse.realsize", "5000"]],
    [["GNU.sparse.major", "2"], ["GNU.sparse.minor", "0"], ["GNU.sparse.realsize", "5000"]],
    [["GNU.sparse.major", "1"], ["GNU.sparse.minor", "1"], ["GNU.sparse.realsize", "5000"]],
  ] as (readonly (readonly [string, string])[])[];
  for (const records of broken) {
    assert.throws(
      () => scanOne(pax(records), member({}, "sparse")),
      /sparse file/,
      JSON.stringify(records),
    );
  }
});
