import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { crc32 } from "../../../lib/base/hash/crc32.ts";

test("crc32() gives the check value of CRC-32/ISO-HDLC", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  assert.equal(crc32(new Uint8Array()), 0);
});

test("crc32() agrees with zlib at every size and offset, in one piece and in two", () => {
  const bytes = crypto.getRandomValues(new Uint8Array(300));
  for (let start = 0; start < 8; start++) {
    for (let end = start; end <= bytes.length; end++) {
      const part = bytes.subarray(start, end);
      const middle = part.length >> 1;
      assert.equal(crc32(part), zlib.crc32(part), `${start} to ${end}`);
      assert.equal(crc32(part.subarray(middle), crc32(part.subarray(0, middle))), zlib.crc32(part));
    }
  }
});
