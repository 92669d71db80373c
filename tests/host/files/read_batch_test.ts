import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hostProcess } from "../../../lib/host/builtin.ts";
import { createReader, type ReadReport } from "../../../lib/host/files/read_batch.ts";
import { withDirectory } from "../temporary.ts";

const skip = hostProcess?.platform === "win32" && "it has other modes and links";
const LIMITS = { largestFile: 100, largestBatch: 150 } as const;

/** What a report has of each file: mode, size, names, and the content if it was read. */
function tell({ status, starts, contents }: ReadReport): unknown[] {
  return Array.from(starts, (start, index) => {
    const [mode = 0, , size = 0, names] = status.subarray(4 * index, 4 * index + 4);
    const content = start < 0
      ? undefined
      : new TextDecoder().decode(contents.subarray(start, start + size));
    return [mode.toString(8), size, names, content];
  });
}

test(
  "createReader() reads the small files of a batch and leaves the others out",
  { skip },
  () =>
    withDirectory((root) => {
      const write = (name: string, content: string): string => {
        fs.writeFileSync(join(root, name), content, { mode: 0o640 });
        fs.chmodSync(join(root, name), 0o640);
        return join(root, name);
      };
      const files = [
        write("a", "alpha"),
        write("empty", ""),
        join(root, "not there"),
        write("large", "x".repeat(101)),
        write("b", "b".repeat(99)),
        write("over the batch", "c".repeat(50)),
        write("last", "é"),
      ];
      fs.linkSync(write("twice", "2"), join(root, "other"));
      fs.symlinkSync("a", join(root, "link"));
      files.push(join(root, "twice"), join(root, "link"));
      const text = files.map((file) => `${file}\0`).join("");
      const [report, transfer] = createReader(LIMITS)({ text, buffer: undefined });
      assert.deepEqual(tell(report), [
        ["100640", 5, 1, "alpha"],
        ["100640", 0, 1, undefined],
        ["0", 0, 0, undefined],
        ["100640", 101, 1, undefined],
        ["100640", 99, 1, "b".repeat(99)],
        ["100640", 50, 1, undefined],
        ["100640", 2, 1, "é"],
        ["100640", 1, 2, undefined],
        ["120777", 1, 1, undefined],
      ]);
      assert.equal(report.status[1], Math.floor(fs.statSync(join(root, "a")).mtimeMs / 1000));
      assert.deepEqual(transfer, [
        report.status.buffer,
        report.starts.buffer,
        report.contents.buffer,
      ]);
      return Promise.resolve();
    }),
);

test(
  "createReader() takes the memory that it is given, unless that is too small",
  { skip },
  () =>
    withDirectory((root) => {
      fs.writeFileSync(join(root, "a"), "alpha");
      const text = `${join(root, "a")}\0`;
      const read = createReader(LIMITS);
      for (const [size, isTaken] of [[6, true], [5, false]] as const) {
        const buffer = new ArrayBuffer(size);
        const [report] = read({ text, buffer });
        assert.equal(report.contents.buffer === buffer, isTaken);
        assert.deepEqual(tell(report).map((file) => (file as unknown[])[3]), ["alpha"]);
      }
      return Promise.resolve();
    }),
);

/** The kernel says 4,096 bytes, and there are a few. */
const SHORTER = "/sys/kernel/uevent_seqnum";

test("createReader() leaves out a file that is not as long as its status says", {
  skip: !fs.existsSync(SHORTER) && "this system has no such file",
}, () => {
  const read = createReader({ largestFile: 10_000, largestBatch: 10_000 });
  const [report] = read({ text: `${SHORTER}\0`, buffer: undefined });
  assert.equal(report.status[2], 4096);
  assert.deepEqual([...report.starts], [-1]);
});
