import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, type ByteStream, concatBytes } from "../../../lib/base/bytes.ts";
import {
  type FileLine,
  FileLineReader,
  FileLineWriter,
} from "../../../lib/host/files/file_lines.ts";

function pack(lines: readonly FileLine[]): Bytes {
  const writer = new FileLineWriter();
  const chunks = lines.map((line) => writer.add(line)).filter((chunk) => chunk !== undefined);
  return concatBytes([...chunks, writer.end()]);
}

async function unpack(bytes: Bytes, size: number): Promise<readonly FileLine[]> {
  async function* inPieces(): ByteStream {
    for (let at = 0; at < bytes.length; at += size) {
      yield await Promise.resolve(bytes.slice(at, at + size));
    }
  }
  const reader = new FileLineReader(inPieces());
  const lines: FileLine[] = [];
  for (let line = await reader.next(); line !== undefined; line = await reader.next()) {
    lines.push(line);
  }
  return lines;
}

const LINES: readonly FileLine[] = [
  ["a", [0, 0, 0.25, 2 ** 60], 1_700_000_000_000, "hash"],
  ["b/ü", [2 ** 40, -1.5, 3, 4], 5, ""],
  ["b/\udc80", [1, 2, 3, 4], 5, "another hash"],
];

test("what FileLineWriter writes is read as it was, whatever pieces it comes in", async () => {
  const bytes = pack(LINES);
  for (let size = 1; size <= bytes.length; size++) {
    assert.deepEqual(await unpack(bytes, size), LINES, `pieces of ${size} bytes`);
  }
});

test("FileLineReader reads more lines than are written at a time, and those in front of a cut", async () => {
  const many = Array.from(
    { length: 3_000 },
    (_, index): FileLine => [`directory/${index}`, [index, 1, 2, 3], 4, "h".repeat(44)],
  );
  const bytes = pack(many);
  assert.deepEqual(await unpack(bytes, 65_536), many);
  assert.deepEqual(await unpack(bytes.slice(0, -1), 65_536), many.slice(0, -1));
});

test("FileLineWriter leaves out a path that no system has", async () => {
  const long: FileLine = ["x".repeat(100_000), [1, 2, 3, 4], 5, "hash"];
  assert.deepEqual(await unpack(pack([long, ...LINES, long]), 1_000), LINES);
});
