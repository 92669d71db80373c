import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../../../lib/base/hint.ts";
import { PUBLIC_SUFFIX_LIST } from "../../../lib/host/credentials/public_suffix_list.ts";
import { isPublicSuffix } from "../../../lib/host/credentials/public_suffixes.ts";
import { checkRealm, type RealmSecret } from "../../../lib/registry/auth/realm_policy.ts";

interface Case {
  readonly realm: string;
  /** @default {"https://registry.example.com"} */
  readonly origin?: string;
  /** @default the host of the origin */
  readonly registry?: string;
  /** @default {"password"} */
  readonly secret?: RealmSecret;
  readonly trusted?: string[];
}

function flaw(
  { realm, origin = "https://registry.example.com", registry, secret, trusted }: Case,
): Finding | undefined {
  return checkRealm({
    realm: new URL(realm),
    origin: new URL(origin),
    registry: registry ?? new URL(origin).host,
    secret: secret ?? "password",
    trusted: trusted ?? [],
    isPublicSuffix,
  });
}

const HUB = { origin: "https://registry-1.docker.io", registry: "docker.io" };

const ALLOWED: Case[] = [
  { realm: "https://registry.example.com/token" },
  { realm: "https://registry.example.com/token", secret: "token" },
  { realm: "https://registry.example.com:8443/token", secret: "token" },
  { realm: "https://gitlab.example.com/jwt/auth" },
  { ...HUB, realm: "https://auth.docker.io/token", secret: "token" },
  { origin: "https://registry.gitlab.com", realm: "https://gitlab.com/jwt/auth", secret: "token" },
  { origin: "https://nvcr.io", realm: "https://authn.nvidia.com/token" },
  {
    origin: "https://registry.digitalocean.com",
    realm: "https://api.digitalocean.com/v2/registry/auth",
  },
  { realm: "https://login.elsewhere.net/token", secret: "none" },
  { realm: "https://login.elsewhere.net/token", secret: "token", trusted: ["login.elsewhere.net"] },
  { realm: "https://login.elsewhere.net:444/", trusted: ["login.elsewhere.net:444"] },
  { realm: "http://127.0.0.1:5001/token", origin: "http://127.0.0.1:5000", secret: "token" },
  { realm: "http://auth.corp.lan/token", origin: "http://registry.corp.lan" },
  { realm: "http://10.0.0.2/token", origin: "http://10.0.0.1", secret: "none" },
];

const REFUSED: [Case, RegExp][] = [
  [{ realm: "https://evil.example/token" }, /option trustRealms/],
  [{ realm: "https://evil.example/token", secret: "token" }, /option trustRealms/],
  [{ realm: "https://gitlab.example.com/jwt/auth", secret: "token" }, /option trustRealms/],
  [{ realm: "http://registry.example.com/token" }, /plain http/],
  [{ realm: "http://gitlab.example.com/token", secret: "none" }, /plain http/],
  [{ realm: "http://login.net/", trusted: ["login.net"] }, /plain http/],
  [{ realm: "https://169.254.169.254/token", secret: "none" }, /private network/],
  [{ realm: "https://[::1]/token", secret: "none" }, /private network/],
  [{ realm: "https://[::ffff:169.254.169.254]/", secret: "none" }, /private network/],
  [{ realm: "https://localhost/token", secret: "none" }, /private network/],
  [{ realm: "https://metadata.google.internal/", secret: "none" }, /private network/],
  [{ realm: "https://a@registry.example.com/token", secret: "none" }, /user information/],
  [{ realm: "https://:b@registry.example.com/token", secret: "none" }, /user information/],
  [{ realm: "ftp://registry.example.com/token", secret: "none" }, /not a web address/],
  [{ realm: "file:///etc/passwd", secret: "none" }, /not a web address/],
  [{ realm: "https://registry.example.com.evil.net/" }, /option trustRealms/],
  [{ realm: "https://example.com/" }, /option trustRealms/],
  [{ realm: "https://a.b.example.com/" }, /option trustRealms/],
  [{ origin: "https://acme.co.uk", realm: "https://evil.co.uk/" }, /option trustRealms/],
  [{ origin: "https://acme.com.au", realm: "https://evil.com.au/" }, /option trustRealms/],
  [{ origin: "https://acme.io", realm: "https://evil.io/" }, /option trustRealms/],
  [{ origin: "https://acme.github.io", realm: "https://evil.github.io/" }, /option trustRealms/],
  [{ origin: "https://acme.azurecr.io", realm: "https://evil.azurecr.io/" }, /option trustRealms/],
  [{ origin: "https://a.run.app", realm: "https://evil.run.app/" }, /option trustRealms/],
  [{ origin: "https://a.eu.ngrok.io", realm: "https://evil.eu.ngrok.io/" }, /option trustRealms/],
  [{ origin: "http://10.0.0.1", realm: "http://10.0.0.2/" }, /option trustRealms/],
  [{ realm: "https://auth.docker.io/token" }, /option trustRealms/],
  [{ ...HUB, realm: "https://auth.docker.io:444/token", secret: "token" }, /option trustRealms/],
  [{ ...HUB, realm: "https://evil.docker.io/token", secret: "token" }, /option trustRealms/],
];

for (const question of ALLOWED) {
  test(`checkRealm() allows ${JSON.stringify(question)}`, () =>
    assert.equal(flaw(question), undefined));
}
for (const [question, reason] of REFUSED) {
  test(`checkRealm() refuses ${JSON.stringify(question)}`, () =>
    assert.match(flaw(question)?.message ?? "", reason));
}

test("checkRealm() hints at the host to trust, where that would do", () => {
  assert.deepEqual(flaw({ realm: "https://evil.example:8443/token" })?.hint, {
    kind: "trust-realm",
    host: "evil.example:8443",
  });
  assert.equal(flaw({ realm: "http://evil.example/token" })?.hint, undefined);
});

test("checkRealm() knows no siblings where the list of public suffixes is not at hand", () => {
  const question = {
    realm: new URL("https://gitlab.example.com/jwt/auth"),
    origin: new URL("https://registry.example.com"),
    registry: "registry.example.com",
    secret: "password",
    trusted: [],
  } as const;
  assert.equal(checkRealm({ ...question, isPublicSuffix }), undefined);
  assert.ok(checkRealm({ ...question, isPublicSuffix: undefined }) !== undefined);
});

test("checkRealm() tells no password to a sibling under any public suffix", () => {
  for (const end of PUBLIC_SUFFIX_LIST.split(" ")) {
    const [last = "", starts = ""] = end.split(":");
    for (const start of starts.split(",")) {
      if (start === "" || start.startsWith("!")) continue;
      const suffix = `${start.replace("*", "any")}.${last}`;
      const realm = `https://evil.${suffix}/token`;
      assert.ok(flaw({ origin: `https://registry.${suffix}`, realm }) !== undefined, suffix);
    }
  }
});
