import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeBase64 } from "../../../lib/base/base64.ts";
import {
  findInDockerConfig,
  parseDockerConfig,
} from "../../../lib/host/credentials/docker_config.ts";

const HUB = "https://index.docker.io/v1/";
const auth = (text: string): { auth: string } => ({ auth: encodeBase64(text) });
const account = (username: string, password: string): unknown => ({
  credential: { username, password },
});

function find(config: unknown, registry: string, repository = "acme/app"): unknown {
  return findInDockerConfig(parseDockerConfig(JSON.stringify(config), "config.json"), {
    registry,
    repository,
  });
}

const FOUND: readonly [what: string, config: unknown, registry: string, expected: unknown][] = [
  ["a host", { auths: { "ghcr.io": auth("u:p") } }, "ghcr.io", account("u", "p")],
  [
    "a host with a scheme",
    { auths: { "https://ghcr.io": auth("u:p") } },
    "ghcr.io",
    account("u", "p"),
  ],
  [
    "a host with an old API path",
    { auths: { "https://ghcr.io/v1/": auth("u:p") } },
    "ghcr.io",
    account("u", "p"),
  ],
  [
    "a host with a port",
    { auths: { "localhost:5000": auth("u:p") } },
    "localhost:5000",
    account("u", "p"),
  ],
  ["Docker Hub by its old name", { auths: { [HUB]: auth("u:p") } }, "docker.io", account("u", "p")],
  [
    "Docker Hub by its plain name",
    { auths: { "docker.io": auth("u:p") } },
    "docker.io",
    account("u", "p"),
  ],
  ["a password with colons", { auths: { "r.io": auth("u:p:q:r") } }, "r.io", account("u", "p:q:r")],
  [
    "a password with trailing NULs",
    { auths: { "r.io": auth("u:p\0\0") } },
    "r.io",
    account("u", "p"),
  ],
  ["a password that is not ASCII", { auths: { "r.io": auth("ü:pä") } }, "r.io", account("ü", "pä")],
  ["an empty password", { auths: { "r.io": auth("u:") } }, "r.io", account("u", "")],
  [
    "username and password",
    { auths: { "r.io": { username: "u", password: "p" } } },
    "r.io",
    account("u", "p"),
  ],
  [
    "an identity token beside auth",
    { auths: { "r.io": { ...auth("u:"), identitytoken: "t" } } },
    "r.io",
    { credential: { identityToken: "t" } },
  ],
  [
    "a registry token",
    { auths: { "r.io": { registrytoken: "t" } } },
    "r.io",
    { credential: { registryToken: "t" } },
  ],
  [
    "a token without the line end that it was stored with",
    { auths: { "r.io": { registrytoken: "t\n" } } },
    "r.io",
    { credential: { registryToken: "t" } },
  ],
  [
    "a helper of one registry",
    { credHelpers: { "r.io": "pass" }, credsStore: "other", auths: { "r.io": auth("u:p") } },
    "r.io",
    { helper: "pass", key: "r.io" },
  ],
  ["a store", { credsStore: "desktop", auths: { "r.io": {} } }, "r.io", {
    helper: "desktop",
    key: "r.io",
  }],
  ["a store that has Docker Hub", { credsStore: "desktop" }, "docker.io", {
    helper: "desktop",
    key: HUB,
  }],
  [
    "a store, and no fallback to auths",
    { credsStore: "desktop", auths: { "r.io": auth("u:p") } },
    "r.io",
    { helper: "desktop", key: "r.io" },
  ],
  [
    "the longest path",
    { auths: { "r.io": auth("a:a"), "r.io/acme": auth("b:b") } },
    "r.io",
    account("b", "b"),
  ],
  [
    "the whole path",
    { auths: { "r.io/acme": auth("a:a"), "r.io/acme/app": auth("b:b") } },
    "r.io",
    account("b", "b"),
  ],
  [
    "not another registry",
    { auths: { "r.io.evil.com": auth("u:p"), "evil-r.io": auth("u:p") } },
    "r.io",
    undefined,
  ],
  ["not another port", { auths: { "r.io:5000": auth("u:p") } }, "r.io", undefined],
  [
    "not another path",
    { auths: { "r.io/acm": auth("u:p"), "r.io/acme/app2": auth("u:p") } },
    "r.io",
    undefined,
  ],
  ["an empty marker", { auths: { "r.io": {} } }, "r.io", undefined],
  ["an empty store", { credsStore: "", auths: { "r.io": auth("u:p") } }, "r.io", account("u", "p")],
  ["a name that every object has", { auths: {} }, "constructor", undefined],
  ["nothing", {}, "r.io", undefined],
];

for (const [what, config, registry, expected] of FOUND) {
  test(`findInDockerConfig() finds ${what}`, () => {
    assert.deepEqual(find(config, registry), expected);
  });
}

const SECRET = "hunter2";
const BROKEN: readonly string[] = [
  `{"auths": {"r.io": {"auth": "${SECRET}`,
  "[]",
  "null",
  '"text"',
  '{"auths": []}',
  '{"auths": {"r.io": 1}}',
  `{"auths": {"r.io": {"auth": ["${SECRET}"]}}}`,
  '{"credHelpers": {"r.io": 1}}',
  '{"credsStore": 1}',
];

for (const text of BROKEN) {
  test(`parseDockerConfig() rejects ${text}`, () => {
    assert.throws(() => parseDockerConfig(text, "config.json"), (error: unknown) => {
      assert.ok(error instanceof SyntaxError);
      assert.match(error.message, /^Cannot read credentials from "config.json": /);
      assert.ok(!error.message.includes(SECRET));
      assert.equal(error.cause, undefined);
      return true;
    });
  });
}

for (const value of ["!!!", encodeBase64(SECRET), encodeBase64(Uint8Array.of(0xff, 0x3a))]) {
  test(`findInDockerConfig() rejects the auth ${value} without showing it`, () => {
    assert.throws(() => find({ auths: { "r.io": { auth: value } } }, "r.io"), (error: unknown) => {
      assert.ok(error instanceof SyntaxError);
      assert.match(error.message, /"auth" of "r.io"/);
      assert.ok(!error.message.includes(value) && !error.message.includes(SECRET));
      return true;
    });
  });
}

for (const field of ["registrytoken", "identitytoken"]) {
  for (const value of [`${SECRET}\nX: 1`, `${SECRET} ${SECRET}`, `${SECRET}ü`, " "]) {
    test(`findInDockerConfig() rejects the ${field} ${JSON.stringify(value)} without showing it`, () => {
      assert.throws(() => find({ auths: { "r.io": { [field]: value } } }, "r.io"), {
        name: "SyntaxError",
        message:
          `Cannot read credentials from "config.json": "${field}" of "r.io" has a character that no token has`,
      });
    });
  }
}
