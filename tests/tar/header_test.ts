import assert from "node:assert/strict";
import { test } from "node:test";
import { hasChecksum } from "../../lib/tar/header.ts";
import { parseHeader } from "../../lib/tar/header_parser.ts";
import { TarError } from "../../lib/tar/tar_error.ts";
import { header, type RawFields, scanOne } from "./archive.ts";

test("parseHeader() tells the formats apart and joins their prefixes", () => {
  const prefix = "a/b".padEnd(131, "\0");
  const cases: [RawFields, string, string][] = [
    [{ prefix: "a/b" }, "ustar", "a/b/file"],
    [{ magic: "ustar  \0", prefix: "00000000001\0" }, "gnu", "file"],
    [{ magic: "", prefix: "a/b" }, "v7", "file"],
    [{ prefix, at: [[476, "00000000000 00000000000 "], [508, "tar\0"]] }, "star", "a/b/file"],
  ];
  for (const [fields, format, name] of cases) {
    const parsed = parseHeader(header(fields), 0);
    assert.equal(parsed.format, format);
    assert.equal(parsed.name, name);
  }
});

test("parseHeader() reads names that fill their fields", () => {
  const parsed = parseHeader(header({ name: "n".repeat(100), prefix: "p".repeat(155) }), 0);
  assert.equal(parsed.name, `${"p".repeat(155)}/${"n".repeat(100)}`);
});

/** The size field's text, and what it means. */
const SIZES = [
  ["00000000017\0", 15],
  ["         17 ", 15],
  ["17\0junk", 15],
  ["17 \0 \0", 15],
  ["\x0000000000017", 15],
  ["\0\0\0\0\0\0\0\0\0\0\0\0", 0],
  ["777777777777", 8 ** 12 - 1],
  ["\x80\0\0\0\0\0\0\x02\0\0\0\0", 2 ** 33],
  ["\x80\0\0\0\0\x1f\xff\xff\xff\xff\xff\xff", Number.MAX_SAFE_INTEGER],
] as const;

test("parseHeader() reads octal and binary numbers", () => {
  for (const [size, expected] of SIZES) {
    assert.equal(parseHeader(header({ size }), 0).size, expected);
  }
  assert.equal(parseHeader(header({ mtime: "\xff".repeat(12) }), 0).mtime, -1);
  assert.equal(parseHeader(header({ mtime: "\xff".repeat(11) + "\0" }), 0).mtime, -256);
  assert.equal(parseHeader(header({ mode: "0100755\0" }), 0).mode, 0o755);
});

const INVALID: [RawFields, string][] = [
  [
    { size: " ".repeat(12) },
    'the header\'s size is "" where an octal number is expected at byte 1124',
  ],
  [{ size: "12x" }, 'the header\'s size is "12x" where an octal number is expected at byte 1124'],
  [
    { mode: "0000800" },
    'the header\'s mode is "0000800" where an octal number is expected at byte 1100',
  ],
  [{ size: "\xff".repeat(12) }, "the header's size is -1, out of range at byte 1124"],
  [{ size: "\x81".repeat(12) }, "where an octal number is expected at byte 1124"],
  [{ size: "\x80\0\0\0\0\x20\0\0\0\0\0\0" }, "the header's size is 9007199254740992, out of range"],
  [{ uid: "\x80\0\0\x01\0\0\0\0" }, "the header's user number is 4294967296, out of range"],
  [{ gid: "\x80\0\0\x01\0\0\0\0" }, "the header's group number is 4294967296, out of range"],
  // GNU tar reads 15, 0 and 0 where Go reads nothing, 15 and an error.
  [{ size: "17 7" }, 'the header\'s size is "17 7" where'],
  [{ size: "\0\x0017" }, 'the header\'s size is "17" where'],
  [{ uid: "  \0\x0017" }, 'the header\'s user number is "17" where'],
  [{ deviceMajor: "\0\0x" }, 'the header\'s device number is "x" where'],
  [{ magic: "ustar  \0", prefix: "a/b" }, 'the header\'s time is "a/b" where'],
  [{ at: [[476, "x"], [508, "tar\0"]] }, 'the header\'s time is "x" where'],
  [{ mtime: "soon" }, 'the header\'s time is "soon" where'],
  [{ typeFlag: "3", deviceMajor: "8" }, 'the header\'s device number is "8" where'],
  [{ typeFlag: "4", deviceMinor: "-" }, 'the header\'s device number is "-" where'],
];

test("parseHeader() rejects numbers that are none or out of range, and says where", () => {
  for (const [fields, message] of INVALID) {
    assert.throws(() => parseHeader(header(fields), 1_000), (error: Error) => {
      assert.ok(error instanceof TarError);
      assert.ok(error.message.includes(message), error.message);
      return true;
    });
  }
});

test("hasChecksum() takes sums over unsigned and signed bytes, and no others", () => {
  const unsigned = header({ name: "f\xfcr" });
  assert.ok(hasChecksum(unsigned));
  const sum = parseInt(String.fromCharCode(...unsigned.subarray(148, 154)), 8);
  const withSum = (value: number): Uint8Array =>
    header({ name: "f\xfcr", checksum: value.toString(8).padStart(6, "0") + "\0 " });
  assert.ok(hasChecksum(withSum(sum)));
  assert.ok(hasChecksum(withSum(sum - 256)));
  assert.ok(!hasChecksum(withSum(sum + 1)));
  assert.ok(!hasChecksum(withSum(sum - 257)));
});

test("devices are read with their numbers", () => {
  const entry = scanOne(header({ typeFlag: "4", deviceMajor: 8, deviceMinor: 17 }));
  assert.equal(entry.type, "block-device");
  assert.deepEqual([entry.deviceMajor, entry.deviceMinor], [8, 17]);
});
