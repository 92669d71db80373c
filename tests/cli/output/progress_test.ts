// deno-lint-ignore-file no-control-regex -- That is what a terminal reads.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgress, type ProgressKind, watchInput } from "../../../lib/cli/output/progress.ts";
import type { Progress } from "../../../lib/image/access/transfer_progress.ts";
import { createFakeIo, type FakeIo } from "../fake_io.ts";

function show(
  kind: ProgressKind,
  steps: readonly (readonly [wait: number, progress: Progress])[],
  options: { errorIsTerminal?: boolean; columns?: number; env?: Record<string, string> } = {},
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
  const io = show("plain", [[0, copy("a", 10)], [4_000, copy("b", 1024)], [
    5_000,
    copy("a", 2048),
  ]]);
  assert.equal(io.errors(), "appendlayer: copied 3.0 KiB of 4.0 KiB, 75 %, 2 blobs, 9 s\n");
});

test("createProgress() shows nothing where none is wanted", () => {
  assert.equal(show("none", [[60_000, read(1)]], { errorIsTerminal: true }).errors(), "");
});

const wait = (host: string, requests: number): Progress => ({ kind: "wait", host, requests });

/** What a terminal of endless height shows after each write. */
function screens(errors: string): string[][] {
  const lines = [""];
  let row = 0;
  return errors.split(/(?=\r)/).map((frame) => {
    for (const [part, up] of frame.matchAll(/\x1b\[(\d+)A|\x1b\[K|\x1b\[J|\r|\n|[^\x1b\r\n]+/g)) {
      if (up !== undefined) row -= Number(up);
      else if (part === "\n") lines[++row] ??= "";
      else if (part === "\x1b[J") lines.length = row + 1;
      else if (!/^[\x1b\r]/.test(part)) lines[row] = part;
    }
    return [...lines];
  });
}

test("createProgress() tells how far it is, how long it takes still, and how fast it goes", () => {
  const mib = 1024 * 1024;
  const steps = [0, 1, 2, 3, 4].map((second) =>
    [1_000, { ...read(second * 4 * mib), total: 40 * mib } as Progress] as const
  );
  const io = show("auto", steps, { errorIsTerminal: true });
  assert.deepEqual(screens(io.errors()).at(-2), [
    "read 16.0 MiB of 40.0 MiB, 40 %, 6 s left, 4.0 MiB/s, 5 s",
  ]);
  const narrow = show("auto", steps, { errorIsTerminal: true, columns: 40 });
  assert.deepEqual(screens(narrow.errors()).at(-2), ["read 16.0 MiB of 40.0 MiB, 40 %, 5 s"]);
});

test("createProgress() gives each of several layers a line, and takes them away again", () => {
  const io = createFakeIo({ errorIsTerminal: true });
  const display = createProgress("auto", io);
  for (const layer of [0, 1]) {
    io.pass(200);
    display?.show({ kind: "read", layer, bytes: 1024 * (layer + 1), total: 4096 });
  }
  io.pass(200);
  display?.show({ kind: "upload", layer: 1, bytes: 500 });
  assert.deepEqual(screens(io.errors()).at(-1), [
    "layer 1: 1.0 KiB of 4.0 KiB, 25 %",
    "layer 2: 2.0 KiB of 4.0 KiB, 50 %, sent 500 B",
    "read 3.0 KiB of 8.0 KiB, 37 %, sent 500 B, 1 s",
  ]);
  display?.clear();
  assert.ok(io.errors().endsWith("\r\x1b[2A\x1b[J"));
});

test("createProgress() leaves out of the lines of layers what does not fit, by whole parts", () => {
  const io = createFakeIo({ errorIsTerminal: true, columns: 40 });
  const display = createProgress("auto", io);
  io.pass(1);
  for (const layer of [0, 1]) {
    display?.show({ kind: "read", layer, bytes: 3_000_000, total: 3_000_000 });
    display?.show({ kind: "upload", layer, bytes: 3_000_000 });
  }
  io.pass(300);
  assert.deepEqual(screens(io.errors()).at(-1), [
    "layer 1: 2.9 MiB of 2.9 MiB, 100 %",
    "layer 2: 2.9 MiB of 2.9 MiB, 100 %",
    "read 5.7 MiB of 5.7 MiB, 100 %, 0 s",
  ]);
});

test("createProgress() shows no more lines than a small terminal has", () => {
  const steps = Array.from(
    { length: 20 },
    (_, layer) => [200, { kind: "read", layer, bytes: 1, total: 2 } as Progress] as const,
  );
  const io = show("auto", steps, { errorIsTerminal: true });
  const last = screens(io.errors()).at(-2) ?? [];
  assert.equal(last.length, 8);
  assert.equal(last.at(-2), "and 14 more");
});

test("createProgress() tells who is waited for, while the clock goes on", () => {
  const io = createFakeIo({ errorIsTerminal: true });
  const display = createProgress("auto", io);
  display?.show(wait("ghcr.io", 1));
  io.pass(900);
  assert.equal(io.errors(), "", "an answer may take a moment");
  io.pass(11_400);
  assert.deepEqual(screens(io.errors()).at(-1), ["waiting for ghcr.io, 12 s"]);
  display?.show(read(2048));
  display?.show(wait("ghcr.io", 0));
  io.pass(30_000);
  assert.deepEqual(screens(io.errors()).at(-1), ["read 2.0 KiB, 42 s"]);
  display?.show(wait("ghcr.io", 2));
  io.pass(300);
  assert.deepEqual(screens(io.errors()).at(-1), ["waiting for ghcr.io, 30 s; read 2.0 KiB, 43 s"]);
  display?.close();
  const { length } = io.errors();
  io.pass(10_000);
  display?.show(read(4096));
  assert.equal(io.errors().length, length, "nothing is shown after the end");
});

test("createProgress() tells in a log, too, who is waited for", () => {
  const io = createFakeIo();
  const display = createProgress("auto", io);
  display?.show(wait("ghcr.io", 1));
  io.pass(12_500);
  assert.equal(
    io.errors(),
    "appendlayer: waiting for ghcr.io, 5 s\nappendlayer: waiting for ghcr.io, 10 s\n",
  );
});

test("createProgress() draws nothing twice, and never erases before it writes", () => {
  const io = createFakeIo({ errorIsTerminal: true });
  const display = createProgress("auto", io);
  io.pass(200);
  display?.show(read(1));
  io.pass(700);
  display?.show(read(1));
  assert.equal(io.errors(), "\rread 1 B, 0 s\x1b[K\rread 1 B, 1 s\x1b[K");
});

test("createProgress() goes back over lines that a narrower terminal has broken", () => {
  let columns = 80;
  const io = createFakeIo({ errorIsTerminal: true });
  const display = createProgress("auto", {
    ...io,
    get columns(): number {
      return columns;
    },
  });
  io.pass(200);
  display?.show({ kind: "read", layer: 0, bytes: 123_456, total: 1_234_567 });
  columns = 20;
  io.pass(200);
  display?.show(read(123_457));
  assert.ok(io.errors().includes("\r\x1b[1Aread"), JSON.stringify(io.errors()));
});

test("createProgress() groups the lines where GitHub folds them", () => {
  const io = show("auto", [[6_000, read(1)], [3_000, read(2)], [3_000, read(3)]], {
    env: { GITHUB_ACTIONS: "true" },
  });
  assert.equal(
    io.errors(),
    "::group::appendlayer: progress\nappendlayer: read 1 B, 6 s\nappendlayer: read 3 B, 12 s\n::endgroup::\n",
  );
});

test("watchInput() tells when standard input is waited for", async () => {
  const seen: (number | string)[] = [];
  const source = async function* (): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    seen.push("asked");
    yield new Uint8Array(1);
  };
  const input = watchInput(source(), (step) => {
    if (step.kind === "wait") seen.push(step.requests);
  });
  for await (const { length } of input) seen.push(`got ${length}`);
  assert.deepEqual(seen, [1, "asked", 0, "got 1", 1, 0]);
});
