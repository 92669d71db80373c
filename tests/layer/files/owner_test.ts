import assert from "node:assert/strict";
import { test } from "node:test";
import { hasNames, parseOwner, parseOwnerNames } from "../../../lib/layer/files/owner.ts";

test("parseOwner() reads numbers, and takes the user's for a group that is left out", () => {
  assert.deepEqual(parseOwner("1000:2000"), { uid: 1_000, gid: 2_000 });
  assert.deepEqual(parseOwner("50000"), { uid: 50_000, gid: 50_000 });
  assert.deepEqual(parseOwner("0:4294967294"), { uid: 0, gid: 4_294_967_294 });
});

test("parseOwner() rejects all else", () => {
  for (const text of ["", "root", "1:", ":1", "1:2:3", "-1", "1.5", "4294967295", "0x1", " 1"]) {
    assert.throws(() => parseOwner(text), {
      name: "SyntaxError",
      message: `expected numbers, "UID" or "UID:GID", got ${JSON.stringify(text)}`,
    });
  }
});

test("parseOwnerNames() tells names from numbers", () => {
  assert.deepEqual(parseOwnerNames("1000:2000"), { uid: 1_000, gid: 2_000 });
  assert.deepEqual(parseOwnerNames("5"), { uid: 5, gid: 5 });
  assert.deepEqual(parseOwnerNames("app"), { user: "app" });
  assert.deepEqual(parseOwnerNames("app:0"), { user: "app", group: "0" });
  assert.deepEqual(parseOwnerNames("0:www-data"), { user: "0", group: "www-data" });
  assert.equal(hasNames(parseOwnerNames("0:www-data")), true);
  assert.equal(hasNames(parseOwnerNames("0:0")), false);
});

test("parseOwnerNames() rejects all else", () => {
  for (const text of ["", "app:", ":app", "a:b:c", "a b", "a\n", ":"]) {
    assert.throws(() => parseOwnerNames(text), {
      name: "SyntaxError",
      message: `expected names or numbers, "USER" or "USER:GROUP", got ${JSON.stringify(text)}`,
    });
  }
  assert.throws(() => parseOwnerNames("4294967295"), { name: "SyntaxError" });
});
