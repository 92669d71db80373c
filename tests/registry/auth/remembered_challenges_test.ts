import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fetch } from "../../../lib/base/fetch.ts";
import type { Credential } from "../../../lib/registry/auth/credential.ts";
import { Registries } from "../../../lib/registry/registries.ts";
import type { CacheStore } from "../../../lib/storage/cache_store.ts";
import { PASSWORD, USERNAME } from "../../fake_registry/fake_auth.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { askForBearer, createRecorder, type Recorder, type Server } from "../recorder.ts";

const ORIGIN = "https://registry.test";
const DAY = 24 * 60 * 60_000;

/** A registry that wants the token of a realm, and gives it itself where the realm is its own. */
function registryWith(realm: string, token: string): Server {
  return ({ url, headers }) => {
    if (url.pathname.startsWith("/token")) return Response.json({ token: url.pathname.slice(7) });
    return headers.get("authorization") === `Bearer ${token}`
      ? new Response(null, { status: 200, headers: { "docker-content-digest": "" } })
      : askForBearer(realm);
  };
}

/** One run: asks for three manifests at once; tells what was sent, in order. */
async function run(recorder: Recorder, cache: CacheStore, now = 0): Promise<string[]> {
  const registries = new Registries({
    fetch: recorder.fetch,
    credentials: () => Promise.resolve({ username: USERNAME, password: PASSWORD }),
    cache,
    retries: 0,
    now: () => now,
  });
  recorder.seen.length = 0;
  const repository = registries.open("registry.test", "acme/app", "pull");
  await repository.hasBlob(`sha256:${"0".repeat(64)}`);
  await registries.settle();
  return recorder.seen.map(({ url, headers }) => {
    const [scheme, value] = headers.get("authorization")?.split(" ") ?? [];
    const told = scheme === "Bearer" ? ` ${value}` : scheme === undefined ? "" : " password";
    return `${url.pathname.startsWith("/v2/") ? "blob" : url.host + url.pathname}${told}`;
  });
}

test("a challenge is remembered for a day: the token service is asked first, and nothing is refused", async () => {
  const cache = memoryStore();
  const recorder = createRecorder({ [ORIGIN]: registryWith("/token/one", "one") });
  const [token, answered] = ["registry.test/token/one password", "blob one"];
  assert.deepEqual(await run(recorder, cache), ["blob", token, answered]);
  assert.deepEqual(await run(recorder, cache), [token, answered]);
  assert.deepEqual(await run(recorder, cache, DAY), [token, answered]);
  assert.deepEqual(await run(recorder, cache, DAY + 1), ["blob", token, answered]);
  assert.deepEqual(await run(recorder, cache, DAY + 2), [token, answered]);
  // A clock that was set back.
  assert.deepEqual(await run(recorder, cache, DAY), ["blob", token, answered]);
});

test("no secret is remembered", async () => {
  const cache = memoryStore();
  const { fetch, authority } = createFakeRegistry({ auth: { kind: "bearer" } });
  const credentials = (): Promise<Credential> =>
    Promise.resolve({ username: USERNAME, password: PASSWORD });
  const registries = new Registries({ fetch, cache, credentials });
  await registries.open("registry.test", "acme/app", "push").headManifest("a");
  await registries.settle();
  const texts = [...cache.kept].map(([name, bytes]) => name + new TextDecoder().decode(bytes));
  assert.equal(texts.length, 1);
  assert.ok(texts[0]?.includes("https://registry.test/token"));
  assert.equal(authority?.isSecretIn(texts.join()), false);
  assert.equal(texts.join().includes("acme"), false);
});

test("a realm that has changed is learnt anew, whether or not the old one still gives tokens", async () => {
  for (const old of ["gone", "useless"]) {
    const cache = memoryStore();
    const before = createRecorder({ [ORIGIN]: registryWith(`/token/${old}`, old) });
    await run(before, cache);
    const service = registryWith("/token/new", "new");
    const after = createRecorder({
      [ORIGIN]: (request) =>
        request.url.pathname === "/token/gone"
          ? new Response(null, { status: 404 })
          : service(request),
    });
    const asked = `registry.test/token/${old} password`;
    const first = old === "gone" ? "blob" : `blob ${old}`;
    const known = ["registry.test/token/new password", "blob new"];
    assert.deepEqual(await run(after, cache), [asked, first, ...known]);
    assert.deepEqual(await run(after, cache), known);
  }
});

test("a remembered realm is told a password only where the registry's own word would do", async () => {
  const cache = memoryStore();
  await run(createRecorder({ [ORIGIN]: registryWith("/token/one", "one") }), cache);
  const [name] = cache.kept.keys();
  const parameters = { realm: "https://evil.test/token/one", service: "s" };
  const planted = new TextEncoder().encode(JSON.stringify({ time: 0, parameters }));
  cache.kept.set(name ?? "", planted);
  const recorder = createRecorder({
    [ORIGIN]: registryWith("/token/one", "one"),
    "https://evil.test": registryWith("", ""),
  });
  assert.deepEqual(await run(recorder, cache), [
    "blob",
    "registry.test/token/one password",
    "blob one",
  ]);
  assert.deepEqual(recorder.at("https://evil.test"), []);
});

test("what cannot be read as a challenge is as good as none", async () => {
  const cache = memoryStore();
  const recorder = createRecorder({ [ORIGIN]: registryWith("/token/one", "one") });
  const expected = await run(recorder, cache);
  const [name = ""] = cache.kept.keys();
  for (const text of ["", "null", "{}", '{"time":0,"parameters":{"realm":1}}', '{"time":0}']) {
    cache.kept.set(name, new TextEncoder().encode(text));
    assert.deepEqual(await run(recorder, cache), expected, text);
  }
});

test("a registry that asks for a password is not remembered, and one that does so by now is answered", async () => {
  const cache = memoryStore();
  await run(createRecorder({ [ORIGIN]: registryWith("/token/one", "one") }), cache);
  const recorder = createRecorder({
    [ORIGIN]: ({ url, headers }) => {
      if (url.pathname === "/token/one") return Response.json({ token: "one" });
      if (headers.get("authorization")?.startsWith("Basic ")) return new Response(null);
      const challenge = { "www-authenticate": 'Basic realm="r"' };
      return new Response(null, { status: 401, headers: challenge });
    },
  });
  const token = "registry.test/token/one password";
  assert.deepEqual(await run(recorder, cache), [token, "blob one", "blob", "blob password"]);
});

test("a registry that answers Basic to a token that it does not like is asked again without one", async () => {
  const cache = memoryStore();
  const { fetch, requests, authority } = createFakeRegistry({
    auth: { kind: "bearer" },
    profile: "harbor",
  });
  const credentials = (): Promise<Credential> =>
    Promise.resolve({ username: USERNAME, password: PASSWORD });
  async function findManifest(fetch: Fetch): Promise<void> {
    const registries = new Registries({ fetch, cache, credentials });
    await registries.open("registry.test", "acme/app", "push").headManifest("a");
    await registries.settle();
  }
  await findManifest(fetch);
  requests.length = 0;
  await findManifest(async (url, init) => {
    const answer = await fetch(url, init);
    // The first token is worth nothing.
    if (requests.length === 1) authority?.revokeAll();
    return answer;
  });
  assert.deepEqual(requests.map(({ status }) => status), [200, 401, 401, 200, 404]);
});
