import assert from "node:assert/strict";
import { test } from "node:test";
import { describeAnswer, parseErrorBody } from "../../../lib/registry/http/error_body.ts";

const CASES: [name: string, body: string, described: string][] = [
  [
    "the specification's form",
    '{"errors":[{"code":"DENIED","message":"no","detail":"at all"}]}',
    "403, DENIED: no, at all",
  ],
  [
    "detail as an object",
    '{"errors":[{"code":"A","message":"m","detail":{"Tag":"x"}}]}',
    '403, A: m, {"Tag":"x"}',
  ],
  [
    "several entries",
    '{"errors":[{"code":"A"},{"code":"B","message":"b"},{"code":"A"}]}',
    "403, A, B: b",
  ],
  [
    "a token service's form",
    '{"error":"invalid_grant","error_description":"expired"}',
    "403, invalid_grant: expired",
  ],
  ["Harbor's and GitHub's", '{"message":"Not Found"}', "403, Not Found"],
  ["HTML", "<html>nginx</html>", "403"],
  ["nothing", "", "403"],
  ["null", "null", "403"],
  ["a list", "[1]", "403"],
  ["errors that are none", '{"errors":"x"}', "403"],
  [
    "terminal escapes",
    '{"errors":[{"code":"A\\u001b[31m","message":"\\u001b]0;title\\u0007red\\r\\nline\\u202e"}]}',
    "403, A[31m: ]0;titlered line",
  ],
];
for (const [name, body, described] of CASES) {
  test(`describeAnswer() tells ${name}`, () => {
    assert.equal(describeAnswer(403, parseErrorBody(body)), described);
  });
}
