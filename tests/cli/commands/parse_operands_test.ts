import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOperands } from "../../../lib/cli/commands/parse_operands.ts";

const PAIR = ["append BASE", "append TARGET"] as const;

const DIGEST = `sha256:${"a".repeat(64)}`;

const READ: readonly [operands: string, base: string, target: string][] = [
  ["nginx ghcr.io/acme/site:7", "docker.io/library/nginx:latest", "ghcr.io/acme/site:7"],
  ["user/app:1 user/app:2", "docker.io/user/app:1", "docker.io/user/app:2"],
  ["a.io/x:1 b.io:5000/y:2", "a.io/x:1", "b.io:5000/y:2"],
  [`a.io/x@${DIGEST} a.io/x:2`, `a.io/x@${DIGEST}`, "a.io/x:2"],
  ["scratch oci:image:1", "scratch", "oci:image:1"],
  ["oci:a oci:b:2", "oci:a", "oci:b:2"],
  ["a.io x/y:1 z:2", "a.io/x/y:1", "a.io/z:2"],
  ["localhost x:1 y:2", "localhost/x:1", "localhost/y:2"],
  ["localhost:5000 x:1 y:2", "localhost:5000/x:1", "localhost:5000/y:2"],
  // A bare word was always a host in these forms, and reached by https.
  ["registry x:1 y:2", "registry:443/x:1", "registry:443/y:2"],
  ["a.io x/y 1 2", "a.io/x/y:1", "a.io/x/y:2"],
  [`a.io x ${DIGEST} 2`, `a.io/x@${DIGEST}`, "a.io/x:2"],
  ["registry x 1 2", "registry:443/x:1", "registry:443/x:2"],
];

for (const [operands, base, target] of READ) {
  test(`parseOperands() reads ${operands}`, () => {
    assert.deepEqual(parseOperands(operands.split(" "), PAIR), { base, target });
  });
}

const INVALID: readonly string[] = [
  "A x:1",
  "a.io/x:1 scratch",
  `a.io/x:1 a.io/x@${DIGEST}`,
  "https://a.io/x:1 a.io/x:2",
  "user:hunter2@a.io/x:1 a.io/x:2",
  "a.io/b x:1 y:2",
  `a.io x:1 y@${DIGEST}`,
  `a.io x 1 ${DIGEST}`,
  "a.io x 1 2/3",
];

for (const operands of INVALID) {
  test(`parseOperands() rejects ${operands}`, () => {
    assert.throws(() => parseOperands(operands.split(" "), PAIR), (error: unknown) => {
      assert.ok(error instanceof Error && error.name === "UsageError");
      assert.ok(!error.message.includes("hunter2"), error.message);
      return true;
    });
  });
}
