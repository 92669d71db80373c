import assert from "node:assert/strict";
import { test } from "node:test";
import { azureCredentials, isAzureRegistry } from "../../../lib/registry/cloud/azure.ts";

const VALID = [
  "acme.azurecr.io",
  "acme.azurecr.cn",
  "acme.azurecr.us",
  "acme.azurecr.de",
  "a.eastus.data.azurecr.io",
];
const INVALID = [
  "x.azurecr.io.evil.com",
  "evil-azurecr.io",
  "azurecr.io",
  ".azurecr.io",
  "acme.azurecr.io:443",
  "acme.azurecr.io@evil.com",
  "acme.azurecr.com",
];

for (const registry of VALID) {
  test(`isAzureRegistry() knows ${registry}`, () => assert.ok(isAzureRegistry(registry)));
}
for (const registry of INVALID) {
  test(`isAzureRegistry() does not take ${registry} for one`, () => {
    assert.ok(!isAzureRegistry(registry));
  });
}

test("azureCredentials() exchanges the access token once", async () => {
  const calls: [string, RequestInit][] = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    calls.push([url, init]);
    return Promise.resolve(Response.json({ refresh_token: "refresh" }));
  };
  const credentials = azureCredentials({ accessToken: "aad&token", tenant: "t", fetch });
  const request = { registry: "acme.azurecr.io", repository: "a/b" };
  assert.deepEqual(await credentials(request), { identityToken: "refresh" });
  assert.deepEqual(await credentials(request), { identityToken: "refresh" });
  assert.equal(calls.length, 1);
  assert.equal(calls[0]?.[0], "https://acme.azurecr.io/oauth2/exchange");
  assert.equal(
    calls[0]?.[1].body,
    "grant_type=access_token&service=acme.azurecr.io&tenant=t&access_token=aad%26token",
  );
});

test("azureCredentials() sends the token to Azure's hosts and those that are named, and nowhere else", async () => {
  const hosts: string[] = [];
  const fetch = (url: string): Promise<Response> => {
    hosts.push(new URL(url).host);
    return Promise.resolve(Response.json({ refresh_token: "refresh" }));
  };
  const credentials = azureCredentials({ accessToken: "aad", hosts: ["own.example.com"], fetch });
  for (const registry of [...INVALID, "ghcr.io"]) {
    assert.equal(await credentials({ registry, repository: "a" }), undefined, registry);
  }
  assert.deepEqual(hosts, []);
  await credentials({ registry: "own.example.com", repository: "a" });
  assert.deepEqual(hosts, ["own.example.com"]);
});

test("azureCredentials() does not follow the exchange elsewhere", async () => {
  const hosts: string[] = [];
  const fetch = (url: string): Promise<Response> => {
    hosts.push(new URL(url).host);
    const headers = { location: "https://evil.example/steal" };
    return Promise.resolve(new Response(null, { status: 307, headers }));
  };
  const credentials = azureCredentials({ accessToken: "aad", fetch });
  await assert.rejects(credentials({ registry: "acme.azurecr.io", repository: "a" }), {
    message:
      'Cannot get credentials for "acme.azurecr.io" from Azure: acme.azurecr.io answered 307',
  });
  assert.deepEqual(hosts, ["acme.azurecr.io"]);
});

for (const body of ["{}", "null", "secret", '{"refresh_token":"a\\nb"}', '{"refresh_token":7}']) {
  test(`azureCredentials() does not take ${body} for a token, nor show it`, async () => {
    let calls = 0;
    const fetch = (): Promise<Response> => Promise.resolve(new Response((calls++, body)));
    const credentials = azureCredentials({ accessToken: "aad", fetch });
    for (const attempt of [1, 2]) {
      await assert.rejects(
        credentials({ registry: "acme.azurecr.io", repository: "a" }),
        (error) => {
          assert.equal((error as Error).name, "AuthError");
          assert.ok(!(error as Error).message.includes("secret"));
          return true;
        },
      );
      assert.equal(calls, attempt, "a failure is not kept");
    }
  });
}
