import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNextLink } from "../../../lib/registry/http/link.ts";

const CASES: [header: string | null, target: string | undefined][] = [
  ['</v2/a/tags/list?last=b&n=2>; rel="next"', "/v2/a/tags/list?last=b&n=2"],
  ["</v2/x>; rel=next", "/v2/x"],
  ['</a>; rel="prev", </b>; title="x"; rel="next"', "/b"],
  ['</a>; rel="prev"', undefined],
  ["</a>; rel=nextish", undefined],
  ["nonsense", undefined],
  ["", undefined],
  [null, undefined],
];
for (const [header, target] of CASES) {
  test(`parseNextLink() of ${header} is ${target}`, () =>
    assert.equal(parseNextLink(header), target));
}
