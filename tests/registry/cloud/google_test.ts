import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBase64, encodeBase64 } from "../../../lib/base/base64.ts";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { googleCredentials, isGoogleRegistry } from "../../../lib/registry/cloud/google.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const REQUEST = { registry: "europe-docker.pkg.dev", repository: "project/images/app" };
const ALGORITHM = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};

for (const registry of ["gcr.io", "eu.gcr.io", "europe-docker.pkg.dev", "a.b.pkg.dev"]) {
  test(`isGoogleRegistry() knows ${registry}`, () => assert.ok(isGoogleRegistry(registry)));
}
for (const registry of ["evilpkg.dev", "pkg.dev", "evilgcr.io", "gcr.io.evil.com", "gcr.io:8080"]) {
  test(`isGoogleRegistry() does not take ${registry} for one`, () => {
    assert.ok(!isGoogleRegistry(registry));
  });
}

interface Call {
  readonly url: string;
  readonly init: RequestInit;
  readonly form: URLSearchParams;
}

function service(
  ...answers: unknown[]
): { fetch: (url: string, init: RequestInit) => Promise<Response>; calls: Call[] } {
  const calls: Call[] = [];
  return {
    calls,
    fetch: (url, init) => {
      calls.push({ url, init, form: new URLSearchParams(String(init.body ?? "")) });
      return Promise.resolve(Response.json(answers[calls.length - 1] ?? answers.at(-1)));
    },
  };
}

async function serviceAccount(
  more: Record<string, unknown> = {},
): Promise<{ file: string; publicKey: CryptoKey }> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const lines = encodeBase64(der).match(/.{1,64}/g)?.join("\n");
  const file = JSON.stringify({
    type: "service_account",
    client_email: "robot@project.iam.gserviceaccount.com",
    private_key_id: "key-1",
    private_key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
    token_uri: "https://oauth2.googleapis.com/token",
    ...more,
  });
  return { file, publicKey: pair.publicKey };
}

function decodeUrl(text: string): Bytes {
  return decodeBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
}

test("googleCredentials() signs a service account's statement that its public key verifies", async () => {
  const { file, publicKey } = await serviceAccount();
  const { fetch, calls } = service({ access_token: "ya29.token", expires_in: 3599 });
  let now = NOW;
  const credentials = googleCredentials({ credentials: file, fetch, now: () => now });
  const expected = { username: "oauth2accesstoken", password: "ya29.token" };
  assert.deepEqual(await credentials(REQUEST), expected);
  assert.deepEqual(await credentials(REQUEST), expected);
  assert.equal(calls.length, 1);
  assert.equal(calls[0]?.url, "https://oauth2.googleapis.com/token");
  assert.equal(calls[0]?.form.get("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");

  const [header = "", claims = "", signature = ""] = calls[0]?.form.get("assertion")?.split(".") ??
    [];
  const content = new TextEncoder().encode(`${header}.${claims}`);
  assert.ok(await crypto.subtle.verify(ALGORITHM, publicKey, decodeUrl(signature), content));
  assert.deepEqual(JSON.parse(new TextDecoder().decode(decodeUrl(header))), {
    alg: "RS256",
    typ: "JWT",
    kid: "key-1",
  });
  assert.deepEqual(JSON.parse(new TextDecoder().decode(decodeUrl(claims))), {
    iss: "robot@project.iam.gserviceaccount.com",
    scope: "https://www.googleapis.com/auth/cloud-platform",
    aud: "https://oauth2.googleapis.com/token",
    iat: NOW / 1000,
    exp: NOW / 1000 + 3600,
  });
  now += 3_600_000;
  await credentials(REQUEST);
  assert.equal(calls.length, 2, "an old token is asked for anew");
});

for (
  const uri of [
    "https://evil.example/token",
    "http://oauth2.googleapis.com/token",
    "https://googleapis.com.evil.com/",
    "https://evilgoogleapis.com/token",
    "https://a@oauth2.googleapis.com/",
    "nonsense",
    undefined,
  ]
) {
  test(`googleCredentials() sends nothing to the token_uri ${uri}`, async () => {
    const { file } = await serviceAccount({ token_uri: uri });
    const { fetch, calls } = service({});
    await assert.rejects(googleCredentials({ credentials: file, fetch })(REQUEST), {
      name: "AuthError",
      message: /names a URL that is not of googleapis\.com$/,
    });
    assert.equal(calls.length, 0);
  });
}

test("googleCredentials() refreshes an authorized user's token", async () => {
  const { fetch, calls } = service({ access_token: "token" });
  const file =
    '{"type":"authorized_user","client_id":"id","client_secret":"s","refresh_token":"r"}';
  const credentials = googleCredentials({ credentials: file, fetch });
  assert.deepEqual(await credentials(REQUEST), {
    username: "oauth2accesstoken",
    password: "token",
  });
  assert.equal(
    calls[0]?.init.body,
    "grant_type=refresh_token&client_id=id&client_secret=s&refresh_token=r",
  );
});

test("googleCredentials() asks the metadata server, and believes no other", async () => {
  const urls: string[] = [];
  let flavor = "Google";
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    urls.push(url);
    assert.equal(new Headers(init.headers).get("metadata-flavor"), "Google");
    const headers = { "Metadata-Flavor": flavor };
    return Promise.resolve(Response.json({ access_token: "token", expires_in: 100 }, { headers }));
  };
  assert.deepEqual(await googleCredentials({ fetch })(REQUEST), {
    username: "oauth2accesstoken",
    password: "token",
  });
  assert.deepEqual(urls, [
    "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token",
  ]);
  flavor = "captive portal";
  await assert.rejects(googleCredentials({ fetch })(REQUEST), { name: "AuthError" });
});

test("googleCredentials() exchanges an external account's token, and impersonates", async () => {
  const { fetch, calls } = service({ access_token: "federated" }, {
    accessToken: "token",
    expireTime: "…",
  });
  const base = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/x";
  const file = `{
    "type": "external_account",
    "audience": "//iam.googleapis.com/projects/1",
    "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    "token_url": "https://sts.googleapis.com/v1/token",
    "service_account_impersonation_url": "${base}:generateAccessToken",
    "credential_source": {
      "file": "/token",
      "format": { "type": "json", "subject_token_field_name": "t" }
    }
  }`;
  const credentials = googleCredentials({
    credentials: file,
    fetch,
    readFile: (path) => Promise.resolve(path === "/token" ? '{"t":"subject"}' : ""),
  });
  assert.deepEqual(await credentials(REQUEST), {
    username: "oauth2accesstoken",
    password: "token",
  });
  assert.equal(calls[0]?.form.get("subject_token"), "subject");
  assert.equal(new Headers(calls[1]?.init.headers).get("authorization"), "Bearer federated");
});

const UNUSABLE: [name: string, file: string, message: RegExp][] = [
  [
    "an unknown type",
    '{"type":"gdch_service_account"}',
    /"gdch_service_account" are not supported$/,
  ],
  [
    "a source that is a URL",
    '{"type":"external_account","token_url":"https://sts.googleapis.com/","audience":"a","subject_token_type":"t","credential_source":{"url":"http://169.254.169.254/"}}',
    /supported with a file only$/,
  ],
  [
    "no key",
    '{"type":"service_account","token_uri":"https://oauth2.googleapis.com/token","client_email":"a@b"}',
    /is not a PKCS #8 key$/,
  ],
  ["no JSON", '{"private_key": "secret', /is not a JSON object$/],
  ["null", "null", /is not a JSON object$/],
];
for (const [name, file, message] of UNUSABLE) {
  test(`googleCredentials() refuses a credentials file with ${name}`, async () => {
    const { fetch, calls } = service({});
    await assert.rejects(googleCredentials({ credentials: file, fetch })(REQUEST), {
      name: "AuthError",
      message,
    });
    assert.equal(calls.length, 0);
  });
}

test("googleCredentials() asks nobody for a registry that is not Google's", async () => {
  const { fetch, calls } = service({});
  const credentials = googleCredentials({ accessToken: "token", fetch });
  assert.equal(await credentials({ registry: "evilpkg.dev", repository: "a" }), undefined);
  assert.deepEqual(await credentials(REQUEST), {
    username: "oauth2accesstoken",
    password: "token",
  });
  assert.equal(calls.length, 0);
});
