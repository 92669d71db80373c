import assert from "node:assert/strict";
import { test } from "node:test";
import { isFresh, parseToken, secretOf, tokenRequest } from "../../../lib/registry/auth/token.ts";

const REALM = new URL("https://auth.example/token");
const SCOPES = ["repository:a/b:pull,push", "repository:base:pull"];

test("tokenRequest() asks by GET, with one parameter for each scope", () => {
  const { method, url, authorization } = tokenRequest({
    realm: REALM,
    service: "the registry",
    scopes: SCOPES,
    credential: undefined,
  });
  assert.equal(method, "GET");
  assert.equal(
    url.href,
    "https://auth.example/token?service=the%20registry&scope=repository%3Aa%2Fb%3Apull%2Cpush&scope=repository%3Abase%3Apull",
  );
  assert.equal(authorization, undefined);
});

test("tokenRequest() leaves a service out that is not named, and a query as it is", () => {
  const realm = new URL("https://auth.example/token?account=x%2By");
  const request = tokenRequest({ realm, service: undefined, scopes: ["s"], credential: undefined });
  assert.equal(request.url.href, "https://auth.example/token?account=x%2By&scope=s");
});

test("tokenRequest() sends a user and password as Basic, in UTF-8", () => {
  const credential = { username: "ü", password: "a:b" };
  const request = tokenRequest({ realm: REALM, service: undefined, scopes: [], credential });
  assert.equal(request.authorization, "Basic w7w6YTpi");
  assert.equal(request.url.href, REALM.href);
});

test("tokenRequest() posts an identity token", () => {
  const credential = { identityToken: "r&t" };
  const request = tokenRequest({ realm: REALM, service: "s", scopes: SCOPES, credential });
  assert.equal(request.method, "POST");
  assert.equal(request.authorization, undefined);
  assert.equal(
    request.body,
    "grant_type=refresh_token&service=s&client_id=appendlayer&scope=repository%3Aa%2Fb%3Apull%2Cpush+repository%3Abase%3Apull&refresh_token=r%26t",
  );
});

test("parseToken() prefers access_token, and gives a minute where nothing is told", () => {
  const token = parseToken('{"token":"a","access_token":"b"}', 1_000);
  assert.deepEqual(token, { value: "b", issued: 1_000, life: 60_000 });
  assert.equal(parseToken('{"token":"a","expires_in":300}', 0).life, 300_000);
  assert.equal(parseToken('{"token":"a","expires_in":-1}', 0).life, 60_000);
  assert.equal(parseToken('{"token":"a","refresh_token":"r"}', 0).refreshToken, "r");
});

for (
  const text of [
    "",
    "null",
    "[]",
    "{}",
    '{"token":""}',
    '{"token":7}',
    '{"token":"a\\r\\nb"}',
    "secret",
  ]
) {
  test(`parseToken() refuses ${JSON.stringify(text)} without showing it`, () => {
    assert.throws(() => parseToken(text, 0), (error) => {
      assert.ok(error instanceof SyntaxError);
      assert.ok(!error.message.includes("secret"));
      return true;
    });
  });
}

test("isFresh() renews early, and believes a short life only where it must", () => {
  const token = parseToken('{"token":"a","expires_in":300}', 0);
  assert.ok(isFresh(token, 289_000, false));
  assert.ok(!isFresh(token, 290_000, false));
  const short = parseToken('{"token":"a","expires_in":2}', 0);
  assert.ok(isFresh(short, 40_000, false), "the specification gives it a minute");
  assert.ok(!isFresh(short, 50_000, false));
  assert.ok(isFresh(short, 1_400, true));
  assert.ok(!isFresh(short, 1_500, true), "a body that cannot be sent twice must not meet a 401");
});

test("secretOf() knows tokens that go by the name of passwords", () => {
  assert.equal(secretOf(undefined), "none");
  assert.equal(secretOf({ username: "me", password: "x" }), "password");
  for (
    const username of [
      "oauth2accesstoken",
      "_json_key",
      "AWS",
      "00000000-0000-0000-0000-000000000000",
    ]
  ) {
    assert.equal(secretOf({ username, password: "x" }), "token");
  }
  assert.equal(secretOf({ identityToken: "x" }), "token");
  assert.equal(secretOf({ registryToken: "x" }), "token");
});
