import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "../../lib/base/bytes.ts";
import { ByteWindow } from "../../lib/storage/byte_window.ts";
import { randomBytes } from "../registry/blob_sources.ts";

const BYTES = randomBytes(1_000);

test("ByteWindow keeps at least the last bytes up to its limit, and little more", () => {
  for (const size of [1, 7, 10, 100, 1_000]) {
    const window = new ByteWindow();
    for (let at = 0; at < BYTES.length; at += size) {
      window.push(BYTES.slice(at, at + size), 50);
      const kept = window.end - window.start;
      assert.ok(kept >= Math.min(50, window.end), `${kept} of ${window.end}`);
      assert.ok(kept < 50 + size, `${kept} with chunks of ${size}`);
    }
  }
});

test("ByteWindow gives the bytes from every offset that it reaches", () => {
  const window = new ByteWindow();
  for (let at = 0; at < 500; at += 30) window.push(BYTES.slice(at, at + 30), 100);
  for (let offset = 0; offset <= window.end + 5; offset++) {
    assert.equal(window.reaches(offset), offset >= window.start && offset <= window.end);
    if (!window.reaches(offset)) continue;
    const rest = concatBytes([new Uint8Array(0), ...window.from(offset)]);
    assert.deepEqual(rest, BYTES.slice(offset, window.end));
  }
  const { start, end } = window;
  assert.deepEqual(concatBytes(window.from(start)), BYTES.slice(start, end));
  assert.deepEqual(concatBytes(window.from(start + 1)), BYTES.slice(start + 1, end));
});

test("ByteWindow begins anew at an offset", () => {
  const window = new ByteWindow();
  window.push(BYTES.slice(0, 10), 100);
  window.restart(500);
  assert.ok(window.reaches(500));
  assert.ok(!window.reaches(5));
  assert.deepEqual(window.from(500), []);
});
