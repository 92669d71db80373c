import { test } from "node:test";
import assert from "node:assert/strict";
import { findLongestMatch } from "../../../lib/registry/auth/longest_match.ts";

const ENTRIES = {
  "ghcr.io": 1,
  "ghcr.io/acme": 2,
  "https://ghcr.io": 3,
  "https://ghcr.io/acme/app": 4,
};

for (
  const [names, repository, key] of [
    [["ghcr.io"], "acme/app/tool", "ghcr.io/acme"],
    [["ghcr.io"], "acme", "ghcr.io/acme"],
    [["ghcr.io"], "acmes/app", "ghcr.io"],
    [["ghcr.io"], "", "ghcr.io"],
    [["ghcr.io", "https://ghcr.io"], "acme/app", "https://ghcr.io/acme/app"],
    [["ghcr.io", "https://ghcr.io"], "other", "ghcr.io"],
    [["https://ghcr.io", "ghcr.io"], "other", "https://ghcr.io"],
    [["quay.io"], "acme", undefined],
    [["constructor"], "name", undefined],
  ] as const
) {
  test(`findLongestMatch() gives ${key} for "${repository}" of ${names.join(" or ")}`, () => {
    assert.equal(findLongestMatch(ENTRIES, names, repository)?.key, key);
  });
}
