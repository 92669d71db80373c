import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { Fetch } from "../../lib/base/fetch.ts";
import { createNodeHost } from "../../lib/host/node_host.ts";
import { auth } from "../../lib/container_image_builder/auth.ts";
import {
  type AuthConfig,
  findAuth,
  fromCredential,
  toCredential,
} from "../../lib/container_image_builder/auth_config.ts";
import type { Host } from "../../lib/image/access/runtime_host.ts";
import type { Credential } from "../../lib/registry/auth/credential.ts";
import { withDirectory } from "../host/temporary.ts";
import { createFakeRegistry } from "../fake_registry/fake_registry.ts";

const NOBODY: Host = { credentials: () => Promise.resolve(undefined) };

/** Docker Hub, with its token service at its usual place. */
function dockerHub(): ReturnType<typeof createFakeRegistry> {
  return createFakeRegistry({
    host: "registry-1.docker.io",
    auth: { kind: "bearer", realm: "https://auth.docker.io/token" },
  });
}

/** Sends what is for the token service to the registry, which has one. */
function withTokens(registry: ReturnType<typeof createFakeRegistry>, seen: Request[] = []): Fetch {
  return (url, init) => {
    seen.push(new Request(url, init as RequestInit));
    return registry.fetch(
      url.replace("https://auth.docker.io", "https://registry-1.docker.io"),
      init,
    );
  };
}

test("auth() gets a token of Docker Hub for anybody", async () => {
  const seen: Request[] = [];
  const fetch = withTokens(dockerHub(), seen);
  const { token, Username } = await auth("node:lts", "pull", {}, { fetch, host: NOBODY });
  assert.ok(token);
  assert.equal(Username, undefined);
  const asked = seen.find(({ url }) => url.startsWith("https://auth.docker.io"));
  assert.match(asked?.url ?? "", /scope=repository%3Alibrary%2Fnode%3Apull(?:&|$)/);
});

test("auth() gets a token of Docker Hub for a user, by any of its names", async () => {
  for (const name of ["docker.io", "index.docker.io", "docker.io/acme"]) {
    const seen: Request[] = [];
    const fetch = withTokens(dockerHub(), seen);
    const options = { [name]: { Username: "user", Secret: "secret:with:colons" } };
    const { token } = await auth("acme/app", "push,pull", options, { fetch, host: NOBODY });
    assert.ok(token);
    const asked = seen.find(({ url }) => url.startsWith("https://auth.docker.io"));
    assert.match(asked?.url ?? "", /acme%2Fapp%3Apull%2Cpush/);
    assert.match(asked?.headers.get("authorization") ?? "", /^Basic /);
  }
});

test("auth() trusts a token that was given", async () => {
  const fetch: Fetch = () => assert.fail("asked");
  for (const image of ["node", "gcr.io/a/b", "ghcr.io/a/b"]) {
    const options = {
      "docker.io": { token: "t" },
      "gcr.io": { token: "t" },
      "ghcr.io": { token: "t" },
    };
    assert.deepEqual(await auth(image, "pull", options, { fetch, host: NOBODY }), { token: "t" });
  }
});

test("auth() gives what the options say for a registry, before what the host finds", async () => {
  const host: Host = { credentials: () => Promise.resolve({ username: "host", password: "p" }) };
  const options = { "ghcr.io/acme": { Username: "me", Secret: "s" } };
  assert.deepEqual(await auth("ghcr.io/acme/app", "pull", options, { host }), {
    Username: "me",
    Secret: "s",
  });
  assert.deepEqual(await auth("ghcr.io/other/app", "pull", options, { host }), {
    Username: "host",
    Secret: "p",
  });
});

test("auth() asks the host's credential helpers for the registry by its name", async () => {
  const asked: unknown[] = [];
  const host: Host = {
    credentials({ registry, repository }): Promise<Credential> {
      asked.push([registry, repository]);
      return Promise.resolve({ username: "_bork", password: registry });
    },
  };
  assert.deepEqual(await auth("localhost:5000/acme/app", "pull", {}, { host }), {
    Username: "_bork",
    Secret: "localhost:5000",
  });
  assert.deepEqual(asked, [["localhost:5000", "acme/app"]]);
});

test("auth() runs a credential helper that Docker's configuration names", {
  skip: process.platform === "win32" && "the helper is a shell script",
}, async () => {
  await withDirectory(async (directory) => {
    await writeFile(
      join(directory, "config.json"),
      JSON.stringify({ credHelpers: { "localhost:5000": "fake" } }),
    );
    const helper = join(directory, "docker-credential-fake");
    await writeFile(
      helper,
      `#!/bin/sh\nread key\nprintf '{"Username":"_bork","Secret":"%s"}' "$key"\n`,
    );
    await chmod(helper, 0o755);
    const host = createNodeHost({
      env: { DOCKER_CONFIG: directory, PATH: `${directory}${delimiter}${process.env["PATH"]}` },
      home: directory,
    });
    assert.deepEqual(await auth("localhost:5000/acme/app", "pull", {}, { host }), {
      Username: "_bork",
      Secret: "localhost:5000",
    });
  });
});

test("auth() finds nothing for nobody, and does not make up a user", async () => {
  assert.deepEqual(await auth("ghcr.io/acme/app", "pull", {}, { host: NOBODY }), {});
  assert.deepEqual(await auth("ghcr.io/acme/app", "pull", { "ghcr.io": {} }, { host: NOBODY }), {});
});

test("auth() exchanges a Google service account's key, given or in a file, for a token", async () => {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
    },
    true,
    ["sign", "verify"],
  );
  assert.ok(publicKey);
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  const body = btoa(String.fromCharCode(...der));
  const credentials = {
    "private_key": `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`,
    "client_email": "me@project.iam.gserviceaccount.com",
  };
  const registry = createFakeRegistry({
    host: "us.gcr.io",
    auth: {
      kind: "bearer",
      username: "oauth2accesstoken",
      password: "access",
      anonymousPull: false,
    },
  });
  let assertions = 0;
  const fetch: Fetch = (url, init) => {
    if (url !== "https://oauth2.googleapis.com/token") return registry.fetch(url, init);
    assertions++;
    return Promise.resolve(Response.json({ "access_token": "access", "expires_in": 3600 }));
  };
  const keyFile = JSON.stringify({
    type: "service_account",
    "token_uri": "https://oauth2.googleapis.com/token",
    ...credentials,
  });
  const host: Host = {
    files: {
      walk: () => [],
      slashed: (path) => path,
      absolute: (path) => path,
      names: () => [],
      text: (path) => path === "key.json" ? keyFile : undefined,
    },
  };
  for (const option of [{ credentials }, { keyFilename: "key.json" }]) {
    const found = await auth("us.gcr.io/acme/app", "push,pull", { "gcr.io": option }, {
      fetch,
      host,
    });
    assert.ok(found.token);
  }
  assert.equal(assertions, 2);
  await assert.rejects(
    auth("us.gcr.io/a/b", "pull", { "gcr.io": { keyFilename: "missing" } }, { fetch, host }),
    /Cannot read the key file "missing"/,
  );
});

/** Configuration keys, the repository, and which key is meant. */
const MATCHES:
  readonly (readonly [keys: string[], repository: string, match: string | undefined])[] = [
    [["ghcr.io"], "ghcr.io/acme/app", "ghcr.io"],
    [["ghcr.io", "ghcr.io/acme"], "ghcr.io/acme/app", "ghcr.io/acme"],
    [["ghcr.io/acme/app", "ghcr.io/acme"], "ghcr.io/acme/app", "ghcr.io/acme/app"],
    [["ghcr.io/acme"], "ghcr.io/acmeevil/app", undefined],
    [["localhost:5000"], "localhost:5000/app", "localhost:5000"],
    [["localhost"], "localhost:5000/app", undefined],
    [["gcr.io"], "us.gcr.io/project/app", "gcr.io"],
    [["gcr.io", "us.gcr.io/project"], "us.gcr.io/project/app", "us.gcr.io/project"],
    [["gcr.io"], "evilgcr.io/project/app", undefined],
    [["gcr.io"], "gcr.io.evil.com/project/app", undefined],
    [["io"], "ghcr.io/acme/app", undefined],
    [["index.docker.io"], "docker.io/library/node", "index.docker.io"],
    [["docker.io/acme"], "docker.io/library/node", undefined],
  ];

for (const [keys, image, match] of MATCHES) {
  test(`findAuth() of ${keys.join(" and ")} takes ${match ?? "nothing"} for ${image}`, () => {
    const config: AuthConfig = Object.fromEntries(keys.map((key) => [key, { token: key }]));
    const slash = image.indexOf("/");
    const found = findAuth(config, image.slice(0, slash), image.slice(slash + 1));
    assert.equal(found?.token, match);
  });
}

test("credentials go over into the core's form and back", () => {
  assert.deepEqual(toCredential({ token: "t", Username: "_token", Secret: "t" }), {
    registryToken: "t",
  });
  assert.deepEqual(toCredential({ Username: "u", Secret: "" }), { username: "u", password: "" });
  assert.equal(toCredential({}), undefined);
  assert.equal(toCredential({ Username: "u" }), undefined);
  assert.deepEqual(fromCredential({ identityToken: "i" }), { Username: "<token>", Secret: "i" });
  assert.deepEqual(toCredential({ Username: "<token>", Secret: "i" }), { identityToken: "i" });
  assert.deepEqual(fromCredential({ registryToken: "t" }), { token: "t" });
});
