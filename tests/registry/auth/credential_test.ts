import assert from "node:assert/strict";
import { test } from "node:test";
import { checkCredential, type Credential } from "../../../lib/registry/auth/credential.ts";

test("checkCredential() takes each form, and nothing for anonymous", () => {
  const forms: Credential[] = [
    { username: "u", password: "" },
    { identityToken: "t" },
    { registryToken: "t" },
  ];
  for (const form of forms) assert.equal(checkCredential(form, "r.test"), form);
  for (const nothing of [undefined, null]) {
    assert.equal(checkCredential(nothing, "r.test"), undefined);
  }
});

test("checkCredential() refuses what programs without types give, and shows nothing of it", () => {
  for (
    const flawed of [
      { username: "u" },
      { username: undefined, password: undefined },
      { username: "u", password: 5 },
      { registryToken: undefined },
      { identityToken: null },
      { Username: "u", Secret: "the-secret" },
      "the-secret",
      {},
    ]
  ) {
    assert.throws(() => checkCredential(flawed as unknown as Credential, "r.test"), {
      name: "TypeError",
      message:
        'Cannot use the credential for "r.test": expected { username, password }, { identityToken } or { registryToken }, each a text',
    });
  }
});
