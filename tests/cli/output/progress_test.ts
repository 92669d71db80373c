import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgress, type ProgressKind } from "../../../lib/cli/output/progress.ts";
import type { Progress } from "../../../lib/image/access/access.ts";
import { createFakeIo, type FakeIo } from "../fake_io.ts";

function show(
  kind: ProgressKind,
  steps: readonly (readonly [wait: number, progress: Progress])[],
  options: { errorIsTerminal?: boolean; columns?: number } = {},
): FakeIo {
  const io = createFakeIo(options);
  const display = createProgress(kind, io);
  for (const [wait, progress] of steps) {
    io.pass(wait);
    display?.show(progress);
  }
  display?.clear();
  return io;
}

const read = (bytes: number): Progress => ({ kind: "read", layer: 0, bytes });
const sent = (bytes: number): Progress => ({ kind: "upload", layer: 0, bytes });

test("createProgress() redraws one line of a terminal, ten times a second at most", () => {
  const steps = [[50, read(1)], [60, read(2_000_000)], [50, read(3_000_000)], [
    60,
    sent(500),
  ]] as const;
  const io = show("auto", steps, { errorIsTerminal: true });
  assert.equal(
    io.errors(),
    "\rread 1.9 MiB, 0 s\x1b[K\rread 2.9 MiB, sent 500 B, 0 s\x1b[K\r\x1b[K",
  );
});

test("createProgress() never breaks the line of a narrow terminal", () => {
  const io = show("auto", [[200, read(123_456)], [200, sent(123_456)]], {
    errorIsTerminal: true,
    columns: 20,
  });
  for (const line of io.errors().split("\r")) assert.ok(line.replace("\x1b[K", "").length < 20);
});

test("createProgress() writes a line into a log every few seconds", () => {
  for (const kind of ["plain", "auto"] as const) {
    const steps = [[4_000, read(1)], [2_000, read(2)], [1_000, read(3)], [5_000, read(4)]] as const;
    assert.equal(
      show(kind, steps).errors(),
      "appendlayer: read 2 B, 6 s\nappendlayer: read 4 B, 12 s\n",
    );
  }
});

test("createProgress() adds up what is read of the base", () => {
  const base = (digest: string, bytes: number): Progress => ({
    ...{ kind: "base", digest, bytes, total: 2048 },
  });
  assert.equal(
    show("plain", [[1_000, base("a", 1024)], [1_000, base("b", 512)], [4_000, read(1)]]).errors(),
    "appendlayer: read 1.5 KiB of the base, read 1 B, 6 s\n",
  );
});

test("createProgress() adds up what is copied", () => {
  const copy = (digest: string, bytes: number): Progress => ({
    kind: "copy",
    digest,
    bytes,
    total: 2048,
  });
  const io = show("plain", [[0, copy("a", 10)], [1, copy("b", 1024)], [9_000, copy("a", 2048)]]);
  assert.equal(io.errors(), "appendlayer: copied 3.0 KiB of 4.0 KiB, 2 blobs, 9 s\n");
});

test("createProgress() shows nothing where none is wanted", () => {
  assert.equal(show("none", [[60_000, read(1)]], { errorIsTerminal: true }).errors(), "");
});
