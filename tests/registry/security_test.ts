/** What the client must never do; the advisories are those that taught it. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Bytes } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import type { Digest } from "../../lib/oci/digest.ts";
import type { Repository } from "../../lib/storage/repository.ts";
import type { Credential } from "../../lib/registry/auth/credential.ts";
import { Registries } from "../../lib/registry/registries.ts";
import type { RegistryOptions } from "../../lib/registry/registry_options.ts";
import { randomBytes, testSource } from "./blob_sources.ts";
import {
  askForBasic,
  askForBearer,
  createRecorder,
  endless,
  type Recorder,
  redirectTo,
  type Server,
} from "./recorder.ts";

const ORIGIN = "https://registry.test";
const PASSWORD: Credential = { username: "user", password: "the-password" };
const IDENTITY: Credential = { identityToken: "the-identity-token" };
const BLOB = randomBytes(2_000);
const DESCRIPTOR = {
  mediaType: "application/vnd.oci.image.layer.v1.tar",
  digest: digestOf(BLOB),
  size: BLOB.length,
};

/** `acme/app` of a registry, with a password that is known. */
function open(
  { fetch }: Recorder,
  credential: Credential | undefined = PASSWORD,
  options: RegistryOptions = {},
): Repository {
  const credentials = () => Promise.resolve(credential);
  const registries = new Registries({ fetch, credentials, retries: 0, ...options });
  return registries.open("registry.test", "acme/app", "push");
}

/** A registry that wants a password and then does as it is told. */
function guarded(server: Server): Server {
  return (request) => request.headers.has("authorization") ? server(request) : askForBasic();
}

function secretsIn(recorder: Recorder, origin: string): string[] {
  return recorder.at(origin).flatMap(({ url, headers, body }) => {
    const all = [url.href, ...[...headers].flat(), typeof body === "string" ? body : ""];
    return all.filter((text) =>
      /the-password|the-identity-token|the-token/.test(text) ||
      text.includes(btoa("user:the-password"))
    );
  });
}

// CVE-2020-15157, GHSA-qvqc-4c52-x6qp

test("a layer's urls are never asked, and a foreign layer is neither fetched nor mounted", async () => {
  const recorder = createRecorder({
    [ORIGIN]: guarded(() => new Response(BLOB)),
    "https://foreign.test": askForBasic,
  });
  const repository = open(recorder);
  const urls = ["https://foreign.test/layer"];
  const withUrls = { ...DESCRIPTOR, urls };
  assert.deepEqual(await collectBytes(repository.getBlob(withUrls)), BLOB);
  const foreign = {
    ...DESCRIPTOR,
    mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    urls,
  };
  const before = recorder.seen.length;
  await assert.rejects(collectBytes(repository.getBlob(foreign)), { name: "TypeError" });
  assert.equal(await repository.mountBlob(foreign, repository), false);
  assert.equal(recorder.seen.length, before, "nobody was asked for the foreign layer");
  assert.equal(recorder.at("https://foreign.test").length, 0);
});

// CVE-2026-50151 (GHSA-jxpm-75mh-9fp7), GHSA-vh4v-2xq2-g5cg

const OTHERS = [
  "https://storage.test",
  "https://registry.test:8443",
  "https://registry.test.evil.test",
  "https://sub.registry.test",
];

for (const other of OTHERS) {
  test(`a redirect of a download to ${other} carries no credentials`, async () => {
    const recorder = createRecorder({
      [ORIGIN]: guarded(() => redirectTo(`${other}/blob?signature=x`)),
      [other]: () => new Response(BLOB),
    });
    assert.deepEqual(await collectBytes(open(recorder).getBlob(DESCRIPTOR)), BLOB);
    assert.equal(recorder.at(other).length, 1);
    assert.equal(recorder.at(other)[0]?.headers.get("authorization"), null);
  });

  test(`a password is not re-attached after a redirect to ${other} and back`, async () => {
    const back = guarded(() => redirectTo(`${other}/blob`));
    const recorder = createRecorder({
      [ORIGIN]: (request) => request.url.pathname === "/back" ? new Response(BLOB) : back(request),
      [other]: () => redirectTo(`${ORIGIN}/back`),
    });
    assert.deepEqual(await collectBytes(open(recorder).getBlob(DESCRIPTOR)), BLOB);
    assert.deepEqual(secretsIn(recorder, other), []);
    const last = recorder.seen.at(-1);
    assert.equal(last?.url.href, `${ORIGIN}/back`);
    assert.equal(last?.headers.get("authorization"), null);
  });

  test(`an upload that goes on at ${other} carries no credentials`, async () => {
    const recorder = createRecorder({
      [ORIGIN]: guarded(({ method }) =>
        new Response(null, {
          status: method === "POST" ? 202 : 404,
          headers: { location: `${other}/upload?state=x` },
        })
      ),
      [other]: () => new Response(null, { status: 201 }),
    });
    await open(recorder).putBlob(testSource(BLOB));
    await open(recorder, PASSWORD, { bufferSize: 500 }).putBlob(testSource(BLOB));
    const seen = recorder.at(other);
    assert.deepEqual(seen.map(({ method }) => method), ["PUT", "PATCH", "PUT"]);
    for (const { headers } of seen) assert.equal(headers.get("authorization"), null);
  });

  for (const ask of [askForBasic, () => askForBearer(`${other}/token`)]) {
    const challenge = ask().headers.get("www-authenticate");
    test(`an upload that is challenged at ${other} answers nothing to ${challenge}`, async () => {
      const recorder = createRecorder({
        [ORIGIN]: guarded(() => new Response(null, { status: 202, headers: { location: other } })),
        [other]: ask,
      });
      const put = open(recorder).putBlob(testSource(BLOB), { probe: false });
      await assert.rejects(put, /answered 401/);
      const asked = recorder.at(other).filter(({ method }) => method !== "DELETE");
      assert.deepEqual(asked.map(({ method }) => method), ["PUT"], "once, and nothing was learnt");
      assert.deepEqual(secretsIn(recorder, other), []);
    });
  }
}

for (
  const other of ["http://registry.test", "http://storage.test", "https://user:pass@storage.test"]
) {
  test(`nothing follows a redirect to ${other}`, async () => {
    const recorder = createRecorder({ [ORIGIN]: guarded(() => redirectTo(`${other}/blob`)) });
    await assert.rejects(collectBytes(open(recorder).getBlob(DESCRIPTOR)), {
      name: "RegistryError",
    });
    assert.equal(recorder.at(ORIGIN).length, recorder.seen.length);
  });
}

for (const other of ["http://storage.test", "https://user:pass@registry.test"]) {
  test(`no upload goes on at ${other}`, async () => {
    const location = `${other}/upload`;
    const recorder = createRecorder({
      [ORIGIN]: guarded(() => new Response(null, { status: 202, headers: { location } })),
    });
    await assert.rejects(open(recorder).putBlob(testSource(BLOB), { probe: false }), {
      name: "RegistryError",
      message: /https to plain http|user information/,
    });
    assert.equal(recorder.at(ORIGIN).length, recorder.seen.length);
  });
}

test("a page of tags is asked for at the registry itself, wherever its link leads", async () => {
  const link = '<https://evil.test/v2/acme/app/tags/list?last=a>; rel="next"';
  const recorder = createRecorder({
    [ORIGIN]: guarded(({ url }) =>
      url.search === ""
        ? Response.json({ tags: ["a"] }, { headers: { link } })
        : Response.json({ tags: ["b"] })
    ),
    "https://evil.test": () => Response.json({ tags: [] }),
  });
  const tags: string[] = [];
  for await (const tag of open(recorder).tags()) tags.push(tag);
  assert.deepEqual(tags, ["a", "b"]);
  assert.equal(recorder.at("https://evil.test").length, 0);
});

// A token re-attached after a hop

test("a 401 from where a redirect leads never starts authentication", async () => {
  for (const challenge of [askForBasic, () => askForBearer("https://evil.test/token")]) {
    const recorder = createRecorder({
      [ORIGIN]: () => redirectTo("https://storage.test/blob"),
      "https://storage.test": challenge,
      "https://evil.test": () => Response.json({ token: "x" }),
    });
    await assert.rejects(collectBytes(open(recorder).getBlob(DESCRIPTOR)), /answered 401/);
    assert.equal(recorder.seen.length, 2);
    assert.equal(recorder.at("https://evil.test").length, 0);
  }
});

test("a registry whose root redirects elsewhere is not told who to ask for a token", async () => {
  for (const credential of [PASSWORD, IDENTITY]) {
    const recorder = createRecorder({
      [ORIGIN]: ({ url }) =>
        url.pathname === "/v2/"
          ? redirectTo("https://evil.test/v2/")
          : new Response(null, { status: 401 }),
      "https://evil.test": ({ url }) =>
        url.pathname === "/token"
          ? Response.json({ token: "the-token" })
          : askForBearer("https://evil.test/token"),
    });
    await assert.rejects(open(recorder, credential).getManifest("1"), /answered 401/);
    assert.equal(recorder.at("https://evil.test").length, 0);
  }
});

// CVE-2026-48978, GHSA-28r5-37g7-p6mp

const REALMS = [
  "https://evil.test/token",
  "http://registry.example/token",
  "http://169.254.169.254/latest/meta-data",
  "https://169.254.169.254/token",
  "https://[::1]/token",
  "https://a@registry.test/token",
  "https://registry.test@evil.test/token",
];
for (const realm of REALMS) {
  for (const credential of [PASSWORD, IDENTITY]) {
    test(`the realm ${realm} is not told ${Object.keys(credential)[0]}`, async () => {
      const token = (): Response => Response.json({ token: "the-token" });
      const recorder = createRecorder({
        [ORIGIN]: ({ url }) => url.pathname === "/token" ? token() : askForBearer(realm),
        "https://evil.test": token,
        "http://registry.example": token,
        "http://169.254.169.254": token,
        "https://169.254.169.254": token,
        "https://[::1]": token,
      });
      await assert.rejects(open(recorder, credential).getManifest("1"), (error) => {
        assert.ok(error instanceof Error);
        assert.equal(error.name, "AuthError");
        assert.ok(!/the-password|the-identity-token/.test(error.message));
        return true;
      });
      assert.equal(recorder.seen.length, 1, "only the registry was asked, once");
    });
  }
}

test("--trust-realm lets a realm be told the password", async () => {
  const recorder = createRecorder({
    [ORIGIN]: ({ headers }) =>
      headers.get("authorization") === "Bearer the-token"
        ? Response.json({ tags: [] })
        : askForBearer("https://login.elsewhere.test/token"),
    "https://login.elsewhere.test": () => Response.json({ token: "the-token" }),
  });
  const repository = open(recorder, PASSWORD, { trustRealms: ["login.elsewhere.test"] });
  await collectTags(repository);
  assert.equal(secretsIn(recorder, "https://login.elsewhere.test").length, 1);
});

test("a public realm is asked anonymously without being told anything", async () => {
  const recorder = createRecorder({
    [ORIGIN]: ({ headers }) =>
      headers.has("authorization")
        ? Response.json({ tags: [] })
        : askForBearer("https://login.elsewhere.test/token"),
    "https://login.elsewhere.test": () => Response.json({ token: "the-token" }),
  });
  const registries = new Registries({ fetch: recorder.fetch });
  await collectTags(registries.open("registry.test", "acme/app", "pull"));
  assert.equal(recorder.at("https://login.elsewhere.test")[0]?.headers.get("authorization"), null);
});

test("a realm of the registry itself in plain http is asked over https", async () => {
  const recorder = createRecorder({
    [ORIGIN]: ({ url, headers }) =>
      url.pathname === "/token"
        ? Response.json({ token: "the-token" })
        : headers.has("authorization")
        ? Response.json({ tags: [] })
        : askForBearer("http://registry.test/token"),
  });
  await collectTags(open(recorder));
  assert.equal(recorder.at(ORIGIN).length, recorder.seen.length);
});

// Requests that a token service sends on

for (
  const elsewhere of [
    "http://169.254.169.254/latest",
    "https://169.254.169.254/",
    "https://evil.test/",
  ]
) {
  for (const credential of [PASSWORD, IDENTITY, undefined]) {
    test(`a token service's redirect to ${elsewhere} is not followed with ${JSON.stringify(credential)}`, async () => {
      const answer = (): Response => Response.json({ token: "the-token" });
      const recorder = createRecorder({
        [ORIGIN]: ({ url }) =>
          url.pathname === "/token" ? redirectTo(elsewhere) : askForBearer("/token"),
        [new URL(elsewhere).origin]: answer,
      });
      await assert.rejects(open(recorder, credential).getManifest("1"));
      assert.equal(recorder.at(ORIGIN).length, recorder.seen.length);
    });
  }
}

// CVE-2024-3727

const DIGESTS = [
  "sha256:../../x",
  `sha256:${"A".repeat(64)}`,
  "sha256:",
  `sha256:${"a".repeat(63)}`,
  `sha256:${"a".repeat(65)}`,
  `md5:${"a".repeat(32)}`,
  `sha256:${"a".repeat(64)}/../../x`,
  `sha256:${"a".repeat(64)}\n`,
];
for (const digest of DIGESTS) {
  test(`the digest ${JSON.stringify(digest)} enters no URL`, async () => {
    const recorder = createRecorder({ [ORIGIN]: () => new Response(BLOB) });
    const repository = open(recorder);
    const wrong = digest as Digest;
    const document = { bytes: BLOB, mediaType: "x", digest: wrong };
    const attempts = [
      () => repository.hasBlob(wrong),
      () => collectBytes(repository.getBlob({ ...DESCRIPTOR, digest: wrong })),
      () => repository.mountBlob({ ...DESCRIPTOR, digest: wrong }, repository),
      () => repository.putBlob(testSource(BLOB, { digest: wrong, size: BLOB.length })),
      () => repository.putBlob(testSource(BLOB, { digest: wrong }), { probe: false }),
      () => repository.getManifest(digest),
      () => repository.headManifest(digest),
      () => repository.putManifest(digest, document),
    ];
    for (const attempt of attempts) await assert.rejects(attempt, { name: "SyntaxError" });
    assert.equal(recorder.seen.length, 0);
  });
}

test("a tag cannot leave its place in a URL", async () => {
  const recorder = createRecorder({ [ORIGIN]: () => new Response(null, { status: 404 }) });
  await open(recorder).headManifest("../../../../x?y#z");
  assert.equal(
    recorder.seen[0]?.url.href,
    `${ORIGIN}/v2/acme/app/manifests/..%2F..%2F..%2F..%2Fx%3Fy%23z`,
  );
});

for (
  const name of [
    "user@registry.test",
    "registry.test/x",
    "registry .test",
    "registry\u0007.test",
    "a\n.test",
    "",
  ]
) {
  test(`${JSON.stringify(name)} is no registry`, () => {
    assert.throws(() => new Registries().open(name, "acme/app", "pull"), { name: "SyntaxError" });
  });
}
for (const name of ["../app", "acme//app", "acme/App", "acme/app?x", "acme/app\r\n", ""]) {
  test(`${JSON.stringify(name)} is no repository`, () => {
    assert.throws(() => new Registries().open("r.test", name, "pull"), { name: "SyntaxError" });
  });
}

// CVE-2025-24882

test("a pinned digest is compared with the bytes, not with the header", async () => {
  const headers = {
    "docker-content-digest": DESCRIPTOR.digest,
    "content-type": "application/vnd.oci.image.manifest.v1+json",
  };
  const recorder = createRecorder({ [ORIGIN]: () => new Response("{}", { headers }) });
  for (const reference of [DESCRIPTOR.digest, "tag"]) {
    await assert.rejects(open(recorder).getManifest(reference), { name: "DigestMismatchError" });
  }
});

test("a registry that stores other bytes than it was sent is not believed", async () => {
  const headers = { "docker-content-digest": `sha256:${"0".repeat(64)}` };
  const recorder = createRecorder({ [ORIGIN]: () => new Response(null, { status: 201, headers }) });
  const document = { bytes: BLOB, mediaType: "x", digest: DESCRIPTOR.digest };
  await assert.rejects(open(recorder).putManifest("1", document), { name: "DigestMismatchError" });
});

test("other bytes, more and fewer of them, are not taken for a blob", async () => {
  const wrong = [randomBytes(2_000, 2), BLOB.slice(0, 1_999), new Uint8Array([...BLOB, 0])];
  for (const bytes of wrong) {
    const recorder = createRecorder({ [ORIGIN]: () => new Response(bytes) });
    await assert.rejects(collectBytes(open(recorder).getBlob(DESCRIPTOR)));
  }
});

// CVE-2023-46737 and others: what never ends

interface Endless {
  readonly name: string;
  readonly limit: number;
  readonly response: (body: ReadableStream) => Server;
  readonly call: (repository: Repository) => Promise<unknown>;
}

const MANIFEST = { headers: { "content-type": "application/vnd.oci.image.manifest.v1+json" } };
const ENDLESS: Endless[] = [
  {
    name: "manifest",
    limit: 4 << 20,
    response: (body) => () => new Response(body, MANIFEST),
    call: (repository) => repository.getManifest("1"),
  },
  {
    name: "manifest that says it is short",
    limit: 4 << 20,
    response: (body) => () =>
      new Response(body, { headers: { ...MANIFEST.headers, "content-length": "10" } }),
    call: (repository) => repository.getManifest("1"),
  },
  {
    name: "blob",
    limit: BLOB.length,
    response: (body) => () => new Response(body),
    call: (repository) => collectBytes(repository.getBlob(DESCRIPTOR)),
  },
  {
    name: "token",
    limit: 128 << 10,
    response: (body) => ({ url }) =>
      url.pathname === "/token" ? new Response(body) : askForBearer("/token"),
    call: (repository) => repository.getManifest("1"),
  },
  {
    name: "error",
    limit: 64 << 10,
    response: (body) => () => new Response(body, { status: 400 }),
    call: (repository) => repository.getManifest("1"),
  },
  {
    name: "list of tags",
    limit: 16 << 20,
    response: (body) => () => new Response(body),
    call: collectTags,
  },
];
for (const { name, limit, response, call } of ENDLESS) {
  test(`an endless ${name} is cut off`, async () => {
    const source = endless('{"tags": [');
    const recorder = createRecorder({ [ORIGIN]: response(source.body) });
    await assert.rejects(call(open(recorder)));
    assert.ok(source.sent <= limit + 4 * 65_536, `${source.sent} bytes were read`);
  });
}

test("documents and blobs are asked for without compression, which could swell", async () => {
  const recorder = createRecorder({ [ORIGIN]: () => new Response(BLOB, MANIFEST) });
  await open(recorder).getManifest("1");
  await collectBytes(open(recorder).getBlob(DESCRIPTOR));
  for (const { headers } of recorder.seen) assert.equal(headers.get("accept-encoding"), "identity");
});

// Terminal injection

test("no control character of a registry reaches a message", async () => {
  const evil = "\u001b[31mred\u001b]0;title\u0007\r\nline\u202e";
  const recorder = createRecorder({
    [ORIGIN]: () =>
      Response.json({ errors: [{ code: evil, message: evil, detail: { x: evil } }] }, {
        status: 400,
        headers: { warning: '299 - "\t[31mred \\"quoted\\""' },
      }),
  });
  const warnings: string[] = [];
  const onWarning = (message: string): void => void warnings.push(message);
  await assert.rejects(open(recorder, PASSWORD, { onWarning }).getManifest("1"), (error) => {
    assert.ok(error instanceof Error);
    assert.ok(!/[\p{Cc}\p{Cf}]/u.test(error.message), JSON.stringify(error.message));
    return true;
  });
  assert.deepEqual(warnings, ['[31mred "quoted"']);
});

// What messages hold

test("no secret is in the message of a failed download, upload or authentication", async () => {
  const location = "https://storage.test/blob?X-Amz-Signature=the-signature";
  const recorder = createRecorder({
    [ORIGIN]: ({ method, url, headers }) => {
      if (url.pathname === "/token") return Response.json({ access_token: "the-token" });
      if (!headers.has("authorization")) return askForBearer("/token");
      if (method === "POST") {
        return new Response(null, { status: 202, headers: { location: "/up?_state=the-state" } });
      }
      return method === "GET" ? redirectTo(location) : new Response(null, { status: 403 });
    },
    "https://storage.test": () => new Response(null, { status: 403 }),
  });
  const calls = [
    collectBytes(open(recorder).getBlob(DESCRIPTOR)),
    open(recorder).putBlob(testSource(BLOB), { probe: false }),
  ];
  for (const call of calls) {
    await assert.rejects(call, (error) => {
      const all = `${error} ${JSON.stringify(error)} ${(error as Error).stack}`;
      assert.ok(!/the-/.test(all), all);
      assert.match(String((error as { url?: string }).url), /\?…/);
      return true;
    });
  }
});

function digestOf(bytes: Bytes): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function collectTags(repository: Repository): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of repository.tags()) tags.push(tag);
  return tags;
}
