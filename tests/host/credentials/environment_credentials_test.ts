import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeBase64Url } from "../../../lib/base/base64.ts";
import { createEnvironmentCredentials } from "../../../lib/host/credentials/environment_credentials.ts";

function find(
  env: Record<string, string>,
  registry: string,
  target?: string,
  isTarget = true,
): Promise<unknown> {
  const fetch = async (url: string, init: RequestInit): Promise<Response> =>
    Response.json({ refresh_token: `${url}?${await new Response(init.body ?? null).text()}` });
  const source = createEnvironmentCredentials({ env, fetch, registry: target });
  return source({ registry, repository: "acme/app", isTarget });
}

function jwt(payload: unknown): string {
  return `e30.${encodeBase64Url(JSON.stringify(payload))}.c2ln`;
}

test("createEnvironmentCredentials() takes REFRESH_TOKEN before ACCESS_TOKEN", async () => {
  const env = { REFRESH_TOKEN: "r", ACCESS_TOKEN: "a" };
  assert.deepEqual(await find(env, "acme.azurecr.io"), { identityToken: "r" });
});

test("createEnvironmentCredentials() exchanges ACCESS_TOKEN at Azure's registries", async () => {
  assert.deepEqual(await find({ ACCESS_TOKEN: "a" }, "acme.azurecr.io"), {
    identityToken:
      "https://acme.azurecr.io/oauth2/exchange?grant_type=access_token&service=acme.azurecr.io&access_token=a",
  });
});

for (
  const host of [
    "acme.azurecr.io.evil.com",
    "evil-azurecr.io",
    "azurecr.io",
    "azurecr.io.",
    "ghcr.io",
    "azurecr.io:443",
  ]
) {
  test(`createEnvironmentCredentials() sends no ACCESS_TOKEN to ${host}`, async () => {
    assert.equal(await find({ ACCESS_TOKEN: "a" }, host), undefined);
  });
}

test("createEnvironmentCredentials() takes empty variables for unset", async () => {
  assert.equal(await find({ REFRESH_TOKEN: "", ACCESS_TOKEN: "" }, "acme.azurecr.io"), undefined);
});

test("createEnvironmentCredentials() sends a token that names its registry nowhere else", async () => {
  for (const aud of ["acme.azurecr.io", "https://acme.azurecr.io/", ["x", "acme.azurecr.io"]]) {
    const token = jwt({ aud });
    for (const target of [undefined, "docker.io"]) {
      assert.deepEqual(await find({ REFRESH_TOKEN: token }, "acme.azurecr.io", target), {
        identityToken: token,
      });
      assert.equal(await find({ REFRESH_TOKEN: token }, "docker.io", target), undefined);
    }
  }
});

test("createEnvironmentCredentials() sends other tokens to the registry that is written to or named, and to no base", async () => {
  for (
    const token of ["opaque", "a.b.c", jwt({ aud: "service" }), jwt({ aud: [1] }), jwt(null)]
  ) {
    assert.deepEqual(await find({ REFRESH_TOKEN: token }, "r.io"), { identityToken: token });
    assert.deepEqual(await find({ REFRESH_TOKEN: token }, "r.io", "r.io"), {
      identityToken: token,
    });
    assert.equal(await find({ REFRESH_TOKEN: token }, "base.io", "r.io"), undefined);
    assert.equal(await find({ REFRESH_TOKEN: token }, "base.io", undefined, false), undefined);
  }
});
