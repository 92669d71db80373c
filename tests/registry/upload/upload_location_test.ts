import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveLocation, withDigest } from "../../../lib/registry/upload/upload_location.ts";

const REQUEST = new URL("https://r.example/v2/a/b/blobs/uploads/");
const DIGEST = `sha256:${"0".repeat(64)}`;

const VALID: [location: string, resolved: string][] = [
  ["/v2/a/b/blobs/uploads/1", "https://r.example/v2/a/b/blobs/uploads/1"],
  ["1?_state=x%2Fy", "https://r.example/v2/a/b/blobs/uploads/1?_state=x%2Fy"],
  ["https://r.example/v2/up?a=1#part", "https://r.example/v2/up?a=1"],
  ["http://r.example/v2/up?a=1", "https://r.example/v2/up?a=1"],
  ["https://storage.example/up?sig=%2B", "https://storage.example/up?sig=%2B"],
  ["/artifacts-uploads/namespaces/x", "https://r.example/artifacts-uploads/namespaces/x"],
];
const INVALID: [location: string | null, reason: RegExp][] = [
  [null, /no Location/],
  [" ", /no Location/],
  ["http://other.example/up", /from https to plain http, other\.example/],
  ["ftp://r.example/", /not a web address/],
  ["https://user:pass@r.example/", /user information/],
  ["https://[", /not a URL/],
];

for (const [location, resolved] of VALID) {
  test(`resolveLocation() takes ${location}`, () => {
    assert.equal(resolveLocation(location, REQUEST, new URL(REQUEST.origin)).href, resolved);
  });
}
for (const [location, message] of INVALID) {
  test(`resolveLocation() refuses ${location}`, () => {
    assert.throws(() => resolveLocation(location, REQUEST, new URL(REQUEST.origin)), { message });
  });
}

test("withDigest() leaves the query as it is written", () => {
  const add = (url: string): string => withDigest(new URL(url), DIGEST).href;
  const digest = `digest=sha256%3A${"0".repeat(64)}`;
  assert.equal(add("https://r.example/up"), `https://r.example/up?${digest}`);
  assert.equal(add("https://r.example/up?"), `https://r.example/up?${digest}`);
  assert.equal(
    add("https://r.example/up?s=a+b%20c&t=~'"),
    `https://r.example/up?s=a+b%20c&t=~%27&${digest}`,
  );
});
