/** Who the client says it is, how often it asks for tokens, and what it says when it is not let in. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Credential } from "../../../lib/registry/auth/credential.ts";
import { Registries } from "../../../lib/registry/registries.ts";
import { createVirtualClock } from "../../fake_registry/clock.ts";
import { PASSWORD, USERNAME } from "../../fake_registry/fake_auth.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { randomBytes, testSource } from "../blob_sources.ts";
import { createClient } from "../client.ts";
import { askForBearer, createRecorder } from "../recorder.ts";

const BEARER = { kind: "bearer" } as const;
const LARGE = randomBytes(50_000, 3);

function tokenRequests({ requests }: { requests: { path: string }[] }): number {
  return requests.filter(({ path }) => path.startsWith("/token")).length;
}

test("requests at the same time share one token", async () => {
  const { registry, repository } = createClient({ auth: BEARER });
  await Promise.all(Array.from({ length: 10 }, (_, index) => repository.headManifest(`${index}`)));
  assert.equal(tokenRequests(registry), 1);
});

test("a token is asked for once for the same scopes, and anew for others", async () => {
  const { registry, registries, repository } = createClient({ auth: BEARER });
  for (const tag of ["a", "b", "c"]) await repository.headManifest(tag);
  assert.equal(tokenRequests(registry), 1);
  await registries.open("registry.test", "other/app", "pull").headManifest("a");
  assert.equal(tokenRequests(registry), 2);
});

test("the password is asked for once, and only when the registry wants it", async () => {
  let asked = 0;
  const credentials = (): Promise<Credential> => {
    asked++;
    return Promise.resolve({ username: USERNAME, password: PASSWORD });
  };
  const open = createClient({}, { credentials });
  await open.repository.headManifest("a");
  assert.equal(asked, 0);
  const guarded = createClient({ auth: BEARER }, { credentials });
  await guarded.repository.putBlob(testSource(LARGE));
  assert.equal(asked, 1);
});

test("a token is renewed shortly before its end", async () => {
  const { registry, repository, clock } = createClient({ auth: BEARER });
  await repository.headManifest("a");
  await clock.delay(280_000);
  await repository.headManifest("b");
  assert.equal(tokenRequests(registry), 1);
  await clock.delay(11_000);
  await repository.headManifest("c");
  assert.equal(tokenRequests(registry), 2);
  assert.ok(registry.requests.slice(2).every(({ status }) => status !== 401), "no 401 was met");
});

test("a token that is revoked is replaced once", async () => {
  const { registry, repository } = createClient({ auth: BEARER });
  await repository.headManifest("a");
  registry.authority?.revokeAll();
  await Promise.all(["b", "c", "d"].map((tag) => repository.headManifest(tag)));
  assert.equal(tokenRequests(registry), 2);
});

for (const expiresIn of [2, null]) {
  for (const way of ["streamed", "chunked"] as const) {
    test(`a token that lives 2 s (expires_in ${expiresIn}) lasts through a ${way} upload of 10 s`, async () => {
      const clock = createVirtualClock();
      const client = createClient({
        clock,
        auth: { ...BEARER, tokenLifetime: 2_000, expiresIn },
        profile: way === "chunked" ? { chunkMinLength: 5_000 } : "plain",
      });
      const start = clock.now();
      const source = testSource(LARGE, { before: () => clock.delay(200) });
      const { digest } = await client.repository.putBlob(source);
      assert.ok(clock.now() - start >= 10_000, `it took ${clock.now() - start} ms`);
      assert.deepEqual(client.registry.store.repository("acme/app").blobs.get(digest), LARGE);
      assert.ok((client.registry.authority?.tokensIssued ?? 0) > 1);
    });
  }
}

test("a stream begins with a token that its service calls fresh, so that it meets no 401", async () => {
  const clock = createVirtualClock();
  const client = createClient({ clock, auth: { ...BEARER, tokenLifetime: 2_000 } });
  await client.repository.putBlob(testSource(LARGE, { before: () => clock.delay(300) }));
  const patches = client.registry.requests.filter(({ method }) => method === "PATCH");
  assert.deepEqual(patches.map(({ status }) => status), [202]);
});

test("an identity token is posted, and replaced by its successor", async () => {
  const forms: URLSearchParams[] = [];
  let tokens = 0;
  const recorder = createRecorder({
    "https://registry.test": ({ url, headers, body }) => {
      if (url.pathname === "/token") {
        forms.push(new URLSearchParams(String(body)));
        tokens++;
        const answer = { "access_token": `token-${tokens}`, "refresh_token": `next-${tokens}` };
        return Response.json(answer);
      }
      return headers.get("authorization") === `Bearer token-${tokens}`
        ? new Response(null, { status: 404 })
        : askForBearer("/token");
    },
  });
  const credentials = (): Promise<Credential> => Promise.resolve({ identityToken: "first" });
  const registries = new Registries({ fetch: recorder.fetch, credentials });
  const repository = registries.open("registry.test", "acme/app", "pull");
  await repository.headManifest("a");
  tokens += 100;
  await repository.headManifest("b");
  assert.deepEqual(forms.map((form) => form.get("refresh_token")), ["first", "next-1"]);
});

test("a registry token is sent as it is, after the registry has asked", async () => {
  const recorder = createRecorder({
    "https://registry.test": ({ headers }) =>
      headers.has("authorization")
        ? new Response(null, { status: 404 })
        : askForBearer("https://evil.test/token"),
  });
  const credentials = (): Promise<Credential> => Promise.resolve({ registryToken: "as-it-is" });
  const registries = new Registries({ fetch: recorder.fetch, credentials });
  await registries.open("registry.test", "acme/app", "pull").headManifest("a");
  const sent = recorder.seen.map(({ headers }) => headers.get("authorization"));
  assert.deepEqual(sent, [null, "Bearer as-it-is"]);
});

test("a registry with a realm for each repository gets tokens of each", async () => {
  const recorder = createRecorder({
    "https://registry.test": ({ url, headers }) => {
      const [, realm] = /^\/token\/(\w+)$/.exec(url.pathname) ?? [];
      if (realm !== undefined) return Response.json({ token: `for-${realm}` });
      const [, name = ""] = /^\/v2\/(\w+)\//.exec(url.pathname) ?? [];
      return headers.get("authorization") === `Bearer for-${name}`
        ? new Response(null, { status: 404 })
        : askForBearer(`/token/${name}`);
    },
  });
  const registries = new Registries({ fetch: recorder.fetch });
  for (const name of ["one", "two", "one", "two"]) {
    assert.equal(await registries.open("registry.test", name, "pull").headManifest("a"), undefined);
  }
  const realms = recorder.seen.map(({ url }) => url.pathname).filter((path) =>
    /^.token/.test(path)
  );
  assert.deepEqual(realms, ["/token/one", "/token/one", "/token/two"], "the second one is learnt");
});

interface Refusal {
  readonly name: string;
  readonly auth: Parameters<typeof createClient>[0];
  readonly credential: Credential | undefined;
  readonly message: RegExp;
}

const REFUSALS: Refusal[] = [
  {
    name: "Basic and no password",
    auth: { auth: { kind: "basic" } },
    credential: undefined,
    message: /asks for a user and password, and none is configured$/,
  },
  {
    name: "Basic and an identity token",
    auth: { auth: { kind: "basic" } },
    credential: { identityToken: "the-secret" },
    message: /only a token is configured/,
  },
  {
    name: "Basic and a wrong password",
    auth: { auth: { kind: "basic" } },
    credential: { username: USERNAME, password: "the-secret" },
    message: /registry answered 401, UNAUTHORIZED/,
  },
  {
    name: "Bearer and a wrong password",
    auth: { auth: BEARER },
    credential: { username: USERNAME, password: "the-secret" },
    message: /no token for "registry\.test" from registry\.test: it answered 401, UNAUTHORIZED/,
  },
  {
    name: "Bearer and no password, for a push",
    auth: { auth: BEARER },
    credential: undefined,
    message: /registry answered 401, UNAUTHORIZED.*no credentials are configured/,
  },
];

for (const { name, auth, credential, message } of REFUSALS) {
  test(`a person understands a refusal: ${name}`, async () => {
    const { repository, registry } = createClient(auth, {
      credentials: () => Promise.resolve(credential),
    });
    await assert.rejects(repository.putBlob(testSource(LARGE)), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, message);
      assert.match(error.message, /^Cannot push a blob to "registry\.test\/acme\/app": /);
      assert.ok(!error.message.includes("the-secret"));
      return true;
    });
    assert.ok(registry.requests.length <= 5, "it gives up at once");
  });
}

test("a source of credentials that is broken is an error, never anonymous", async () => {
  const broken = new Error("the helper crashed");
  const { repository, registry } = createClient({ auth: BEARER }, {
    credentials: () => Promise.reject(broken),
  });
  await assert.rejects(repository.headManifest("a"), (error) => error === broken);
  assert.equal(tokenRequests(registry), 0);
});

test("a source of credentials that has failed is asked again", async () => {
  let asked = 0;
  const { repository } = createClient({ auth: BEARER }, {
    credentials: () =>
      asked++ === 0
        ? Promise.reject(new Error("the helper crashed"))
        : Promise.resolve({ username: USERNAME, password: PASSWORD }),
  });
  await assert.rejects(repository.headManifest("a"), /the helper crashed/);
  assert.equal(await repository.headManifest("a"), undefined);
});

for (const auth of [{ kind: "basic" }, BEARER] as const) {
  test(`a ${auth.kind} password that has changed is asked for after five minutes`, async () => {
    let password = "old";
    let asked = 0;
    const { repository, clock } = createClient({ auth }, {
      credentials: () => {
        asked++;
        return Promise.resolve({ username: USERNAME, password });
      },
    });
    await assert.rejects(repository.headManifest("a"), /401/);
    password = PASSWORD;
    await assert.rejects(repository.headManifest("a"), /401/);
    assert.equal(asked, 1);
    await clock.delay(300_000);
    assert.equal(await repository.headManifest("a"), undefined);
    assert.equal(asked, 2);
  });
}

test("one request that is stopped does not stop another that waits for the same token", async () => {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => release = resolve);
  const registry = createFakeRegistry({ auth: BEARER });
  const registries = new Registries({
    fetch: async (url, init) => {
      if (url.includes("/token")) await released;
      init.signal?.throwIfAborted();
      return await registry.fetch(url, init);
    },
    credentials: () => Promise.resolve({ username: USERNAME, password: PASSWORD }),
  });
  const repository = registries.open("registry.test", "acme/app", "pull");
  const controller = new AbortController();
  const stopped = repository.headManifest("a", { signal: controller.signal });
  const other = repository.headManifest("a");
  while (tokenRequests(registry) + registry.requests.length < 2) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 10));
  controller.abort(new Error("A was stopped"));
  await assert.rejects(stopped, /^Error: A was stopped$/);
  release();
  assert.equal(await other, undefined);
  assert.equal(tokenRequests(registry), 1);
});

for (const what of ["credentials", "fetch"] as const) {
  test(`a signal ends the wait for ${what} that never settle`, async () => {
    const endless = (): Promise<never> => new Promise(() => {});
    const { repository } = createClient({ auth: BEARER }, { [what]: endless });
    const reason = new Error("enough");
    const controller = new AbortController();
    const waiting = repository.headManifest("a", { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 10);
    await assert.rejects(waiting, (error) => error === reason);
  });
}

test("a token service that fails is asked again, and its failure is told", async () => {
  const { registry, repository } = createClient({
    auth: BEARER,
    faults: [{ path: /^\/token/, times: 2, action: { kind: "status", status: 503 } }],
  });
  await repository.headManifest("a");
  assert.equal(tokenRequests(registry), 3);
  const dead = createClient({
    auth: BEARER,
    faults: [{ path: /^\/token/, times: 9, action: { kind: "lost" } }],
  });
  await assert.rejects(dead.repository.headManifest("a"), {
    message:
      /cannot get a token: no answer from https:\/\/registry\.test after 5 attempts: read ECONNRESET$/,
  });
  await dead.repository.headManifest("a").catch(() => {});
  assert.ok(tokenRequests(dead.registry) > 5, "a failure is not kept");
});

test("scopes are asked for with the repository that is pushed to first", async () => {
  const { registry, registries, repository } = createClient({ auth: BEARER });
  const base = registries.open("registry.test", "a/base", "pull");
  const digest = await registry.store.seedBlob("a/base", LARGE);
  await repository.mountBlob({ digest, size: LARGE.length }, base);
  const last = registry.requests.filter(({ path }) => path.startsWith("/token")).at(-1);
  const scopes = new URL(last?.path ?? "", "https://x").searchParams.getAll("scope");
  assert.deepEqual(scopes, ["repository:acme/app:pull,push", "repository:a/base:pull"]);
});

test("two registries do not share anything", async () => {
  const one = createFakeRegistry({ host: "one.test", auth: BEARER });
  const two = createFakeRegistry({ host: "two.test", auth: BEARER });
  const asked: string[] = [];
  const registries = new Registries({
    fetch: (url, init) => (url.includes("one.test") ? one : two).fetch(url, init),
    credentials: ({ registry, repository }) => {
      asked.push(`${registry}/${repository}`);
      return Promise.resolve({ username: USERNAME, password: PASSWORD });
    },
  });
  await registries.open("one.test", "a", "pull").headManifest("1");
  await registries.open("two.test", "b", "pull").headManifest("1");
  assert.deepEqual(asked, ["one.test/a", "two.test/b"]);
  assert.equal(tokenRequests(one) + tokenRequests(two), 2);
});
