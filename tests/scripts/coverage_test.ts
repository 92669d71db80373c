import { test } from "node:test";
import assert from "node:assert/strict";
import { findShortfalls, readLcov } from "../../scripts/coverage.ts";

const REPORT = `SF:/home/p/lib/oci/digest.ts
DA:1,1
DA:2,0
DA:3,0
LH:1
LF:3
BRH:1
BRF:1
end_of_record
SF:/home/p/lib/base/hex.ts
LH:97
LF:97
BRDA:6,1,0,4
BRDA:7,1,0,0
BRH:9
BRF:9
end_of_record
`;

test("readLcov() reads paths, counts and the lines that were missed", () => {
  assert.deepEqual(readLcov(REPORT, "/home/p/"), [
    { path: "lib/oci/digest.ts", lines: [1, 3], branches: [1, 1], missed: [2, 3], untaken: [] },
    { path: "lib/base/hex.ts", lines: [97, 97], branches: [9, 9], missed: [], untaken: [7] },
  ]);
});

test("findShortfalls() wants all lines of oci and tar, and most of everything", () => {
  assert.deepEqual(findShortfalls(readLcov(REPORT, "/home/p/")), [
    "lib/oci/digest.ts: lines 2-3 not reached",
  ]);
  const file = { path: "lib/cli/x.ts", missed: [], untaken: [] };
  assert.deepEqual(findShortfalls([{ ...file, lines: [94, 100], branches: [89, 100] }]), [
    "94.0 % of all lines, at least 95.0 % wanted",
    "89.0 % of all branches, at least 90.0 % wanted",
  ]);
  assert.deepEqual(findShortfalls([{ ...file, lines: [95, 100], branches: [90, 100] }]), []);
  const pure = { path: "lib/tar/x.ts", missed: [], untaken: [12, 30], lines: [9, 9] } as const;
  assert.deepEqual(findShortfalls([{ ...pure, branches: [95, 100] }]), []);
  assert.deepEqual(
    findShortfalls([{ ...pure, branches: [94, 100] }]),
    ["lib/tar/x.ts: 94.0 % of its branches, at least 95.0 % wanted: lines 12 30"],
  );
});

test("findShortfalls() has nothing to say about nothing", () => {
  assert.deepEqual(findShortfalls([]), []);
});
