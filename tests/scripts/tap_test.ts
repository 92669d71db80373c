import { test } from "node:test";
import assert from "node:assert/strict";
import { addTallies, formatTally, NO_TESTS, readTally } from "../../scripts/tap.ts";

const DENO = `TAP version 14
# ./m_test.ts
# Subtest: a works
    ok 1 - sub
    not ok 2 - other sub
    1..2
not ok 1 - a works
ok 2 - parseReference() takes "a # b" # SKIP
ok 3 - c
1..3`;

const NODE = `TAP version 13
# Subtest: a
ok 1 - a
  ---
  duration_ms: 1
  ...
ok 2 - b # SKIP needs zstd
not ok 3 - c
ok 4 - d # TODO later
1..4
# tests 4
# pass 1`;

const BUN = `bun test v1.4.5

m_test.ts:
(pass) a works [2.78ms]
(skip) b skipped
(fail) c fails [1.14ms]
(pass) d (in brackets) [x] [12.00µs]

 2 pass`;

test("readTally() counts Deno's TAP at the top level", () => {
  assert.deepEqual(readTally(DENO), {
    passed: 1,
    failed: 1,
    skipped: 1,
    skips: ['parseReference() takes "a # b"'],
  });
});

const DENO_PRETTY = `running 3 tests from ./m_test.ts
a works ...
  sub <x> "q" ... ok (0ms)
  other sub ... FAILED (0ms)
a works ... FAILED (due to 1 failed step) (2ms)
b ... skipped ... ignored (0ms)
c fails ...
------- output -------
what a test prints
----- output end -----
c fails ... ok (3ms)

 ERRORS

FAILED | 1 passed | 1 failed | 1 ignored (17ms)`;

test("readTally() counts Deno's lines for people", () => {
  assert.deepEqual(readTally(DENO_PRETTY), {
    passed: 1,
    failed: 1,
    skipped: 1,
    skips: ["b ... skipped"],
  });
});

test("readTally() counts Node's TAP and keeps the reasons of skips", () => {
  assert.deepEqual(readTally(NODE), {
    passed: 1,
    failed: 1,
    skipped: 2,
    skips: ["b: needs zstd", "d: later"],
  });
});

test("readTally() counts Bun's lines", () => {
  assert.deepEqual(readTally(BUN), { passed: 2, failed: 1, skipped: 1, skips: ["b skipped"] });
});

test("readTally() finds nothing in a file without tests, on Node too", () => {
  assert.deepEqual(
    readTally("TAP version 13\nok 1 - /tmp/x/tests/base/none_test.mjs\n1..1"),
    NO_TESTS,
  );
  assert.deepEqual(readTally("TAP version 14\n1..0\n"), NO_TESTS);
  assert.deepEqual(readTally("\n 0 pass\n 0 fail\nRan 0 tests across 1 file. [4.00ms]"), NO_TESTS);
});

test("formatTally() names skips only where there are any", () => {
  assert.equal(formatTally(NO_TESTS), "0 passed, 0 failed");
  assert.equal(
    formatTally(addTallies([readTally(NODE), readTally(BUN)])),
    "3 passed, 2 failed, 3 skipped",
  );
});

test("readTally() counts a test of Deno's that takes long", () => {
  const output = `slow one ...'slow one' has been running for over (1m0s)
'slow one' has been running for over (2m0s)
 ok (2m1s)
other ... ok (1ms)`;
  assert.deepEqual(readTally(output), { ...NO_TESTS, passed: 2 });
});
