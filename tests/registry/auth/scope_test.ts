import assert from "node:assert/strict";
import { test } from "node:test";
import { requestScopes, scopeKey, withChallengeScope } from "../../../lib/registry/auth/scope.ts";

test("requestScopes() names the repository that is pushed to first", () => {
  assert.deepEqual(requestScopes("z/app", "push", "a/base"), [
    "repository:z/app:pull,push",
    "repository:a/base:pull",
  ]);
  assert.deepEqual(requestScopes("a/b", "pull"), ["repository:a/b:pull"]);
  assert.deepEqual(requestScopes("a/b", "push", "a/b"), ["repository:a/b:pull,push"]);
});

test("withChallengeScope() adds what is not about repositories", () => {
  const scopes = ["repository:a/b:pull"];
  assert.deepEqual(withChallengeScope(scopes, "aws"), ["repository:a/b:pull", "aws"]);
  assert.deepEqual(withChallengeScope(scopes, "repository:a/b:pull repository:x:*"), scopes);
  assert.deepEqual(withChallengeScope(scopes, undefined), scopes);
  const others = "Repository:x:pull repository(plugin):x:pull REPOSITORY:x:* a:b:c " +
    "x".repeat(65);
  assert.deepEqual(withChallengeScope(scopes, others), scopes);
  const catalog = "registry:catalog:*";
  assert.deepEqual(withChallengeScope(scopes, catalog), [...scopes, catalog]);
});

test("scopeKey() is the same for the same scopes", () => {
  assert.equal(scopeKey(["b", "a"]), scopeKey(["a", "b"]));
});
