import assert from "node:assert/strict";
import { test } from "node:test";
import { createCorsProxy } from "../../examples/browser/cors_proxy.ts";

const REGISTRY = "http://registry.test:5000";
const PAGE = "http://page.test";

/** What the proxy asks the registry for when the page asks the proxy. */
async function passOn(path: string): Promise<{ asked: Request; answer: Response }> {
  let asked: Request | undefined;
  const proxy = createCorsProxy(REGISTRY, PAGE, {
    fetch: (url, init) => {
      asked = new Request(url, init);
      const headers = { location: "/v2/next", "access-control-allow-origin": "*", vary: "X" };
      return Promise.resolve(new Response("", { status: 202, headers }));
    },
  });
  const headers = { origin: PAGE, authorization: "Bearer secret" };
  const answer = await proxy(new Request(`http://proxy.test${path}`, { headers }));
  assert.ok(asked !== undefined);
  return { asked, answer };
}

for (const path of ["/v2/a/blobs/x?y=z", "/v2//evil.test/v2/"]) {
  test(`createCorsProxy() sends credentials to its registry alone for ${path}`, async () => {
    const { asked, answer } = await passOn(path);
    const { pathname, search } = new URL(`http://proxy.test${path}`);
    assert.equal(asked.url, `${REGISTRY}${pathname}${search}`);
    assert.equal(asked.headers.get("authorization"), "Bearer secret");
    assert.equal(answer.headers.get("location"), "/v2/next");
    assert.equal(answer.headers.get("access-control-allow-origin"), PAGE, "its own headers win");
    assert.equal(answer.headers.get("vary"), "Origin");
  });
}

for (const path of ["/", "/v1/x", "/token", "//evil.test/v2/", "///evil.test/", "/\\evil.test/"]) {
  test(`createCorsProxy() passes nothing on of ${path}`, async () => {
    const proxy = createCorsProxy(REGISTRY, PAGE, { fetch: () => assert.fail("asked") });
    const headers = { origin: PAGE, authorization: "Bearer secret" };
    const answer = await proxy(new Request(`http://proxy.test${path}`, { headers }));
    assert.equal(answer.status, 404);
    assert.equal(answer.headers.get("access-control-allow-origin"), PAGE);
  });
}

test("createCorsProxy() passes nothing on for another page", async () => {
  const proxy = createCorsProxy(REGISTRY, PAGE, { fetch: () => assert.fail("asked") });
  for (const headers of [{}, { origin: "http://other.test" }]) {
    assert.equal((await proxy(new Request("http://proxy.test/v2/", { headers }))).status, 403);
  }
});
