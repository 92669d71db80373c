import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parseContentRange,
  parseUploadRange,
  uploadContentRange,
} from "../../../lib/registry/upload/range.ts";

const UPLOAD_RANGES: [header: string | null, offset: number][] = [
  ["0-1023", 1024],
  ["bytes=0-1023", 1024],
  ["0-0", 0],
  ["0--1", 0],
  [null, 0],
  ["", 0],
  ["5-9", 0],
  ["0-99999999999999999999", 0],
  ["bytes 0-5", 0],
  ["0-5, 7-9", 0],
];
for (const [header, offset] of UPLOAD_RANGES) {
  test(`parseUploadRange() reads ${header} as ${offset}`, () => {
    assert.equal(parseUploadRange(header), offset);
  });
}

test("uploadContentRange() is written without a unit", () => {
  assert.equal(uploadContentRange(10, 5), "10-14");
});

test("parseContentRange() reads the first offset", () => {
  assert.equal(parseContentRange("bytes 5-9/10"), 5);
  assert.equal(parseContentRange("bytes 0-9/*"), 0);
  for (const header of [null, "", "5-9/10", "bytes */10", "bytes 5-/10"]) {
    assert.equal(parseContentRange(header), undefined, `${header}`);
  }
});
