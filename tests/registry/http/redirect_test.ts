import assert from "node:assert/strict";
import { test } from "node:test";
import { nextHop } from "../../../lib/registry/http/redirect.ts";

const URL_HERE = new URL("https://r.example/v2/a/blobs/x");

test("nextHop() keeps the method and the body, but for 303", () => {
  for (const status of [301, 302, 307, 308]) {
    const hop = nextHop(status, "/elsewhere", URL_HERE, "PUT");
    assert.deepEqual([hop.method, hop.keepsBody, hop.url.href], [
      "PUT",
      true,
      "https://r.example/elsewhere",
    ]);
  }
  assert.deepEqual(nextHop(303, "/x", URL_HERE, "PUT").method, "GET");
  assert.deepEqual(nextHop(303, "/x", URL_HERE, "PUT").keepsBody, false);
  assert.deepEqual(nextHop(303, "/x", URL_HERE, "HEAD").method, "HEAD");
});

const INVALID: [location: string | null, message: RegExp][] = [
  [null, /no Location/],
  ["https://[", /not a URL/],
  ["http://r.example/x?secret=1", /from https to plain http, http:\/\/r\.example\/x\?…$/],
  ["file:///etc/passwd", /web address/],
  ["https://u@r.example/", /user information/],
];
for (const [location, message] of INVALID) {
  test(`nextHop() refuses ${location}`, () => {
    assert.throws(() => nextHop(307, location, URL_HERE, "GET"), { message });
  });
}
