import assert from "node:assert/strict";
import { test } from "node:test";
import { type Header, HeaderParser, parseHeader } from "../../lib/tar/header_parser.ts";
import { createRandom } from "../random.ts";
import { header, type RawFields } from "./archive.ts";

const CHOICES: Readonly<Record<string, readonly (string | number)[]>> = {
  name: ["a/b/c", "a/b/d", "a/b/", "a/b/\xc3\xa4", "a/\xff/e", "a/\xff/f", "c", "", "a/b/c/d", "a"],
  mode: [0o644, 0o755],
  uid: [0, 1_000, "12x"],
  gid: [0, 5],
  size: [0, 1, 512],
  mtime: [0, 1_700_000_000],
  typeFlag: ["0", "5", "3", "x"],
  linkName: ["", "a/b"],
  magic: ["ustar\x0000", "ustar  \0", ""],
  userName: ["", "root"],
  groupName: ["", "root"],
  deviceMajor: ["", 0, 7],
  deviceMinor: ["", 0, 7],
  prefix: ["", "", "p/q", "00000000001\0"],
};

test("HeaderParser reads each of many headers as parseHeader() reads it alone", () => {
  const random = createRandom();
  let parser = new HeaderParser();
  let fields: Record<string, string | number> = {};
  for (let turn = 0; turn < 20_000; turn++) {
    // Now and then none at all, as in an archive of many files of one kind.
    const changes = Object.keys(CHOICES).filter(() => turn % 4 > 0 && random.integer(12) === 0);
    for (const key of changes) fields = { ...fields, [key]: random.pick(CHOICES[key] ?? []) };
    const at: RawFields["at"] = random.integer(20) === 0 ? [[508, "tar\0"]] : [];
    const block = header({ ...fields, at });
    const result = (read: () => Header | undefined): unknown => {
      try {
        return read();
      } catch (error) {
        // Nothing is read behind an error.
        parser = new HeaderParser();
        fields = {};
        return String(error);
      }
    };
    const alone = result(() => parseHeader(block, turn));
    assert.deepEqual(
      result(() => parser.parse(block, turn)),
      alone,
      `seed ${random.seed}, turn ${turn}`,
    );
  }
});

test("HeaderParser takes no header for one whose checksum is wrong", () => {
  const parser = new HeaderParser();
  assert.ok(parser.parse(header(), 0));
  assert.equal(parser.parse(header({ checksum: "0000001\0" }), 512), undefined);
});
