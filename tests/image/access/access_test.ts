import assert from "node:assert/strict";
import { test } from "node:test";
import { createAccess } from "../../../lib/image/access/access.ts";
import { parseLocation } from "../../../lib/storage/location.ts";
import { PASSWORD, USERNAME } from "../../fake_registry/fake_auth.ts";
import { createFakeRegistry, createNetwork } from "../../fake_registry/fake_registry.ts";
import { seedImage } from "../fake_images.ts";

const USER = { username: USERNAME, password: PASSWORD };
const NOBODY = { username: "nobody", password: "wrong" };

/** Tables of credentials, and whether the repository registry.test/acme/app can be read with them. */
const TABLES = [
  [{ "registry.test": USER }, true],
  [{ "registry.test": NOBODY, "registry.test/acme": USER }, true],
  [{ "registry.test/acme": NOBODY, "registry.test/acme/app": USER }, true],
  [{ "registry.test": USER, "registry.test/acme": NOBODY }, false],
  [{ "other.test": USER, "registry.test/other": USER, "registry.test/ac": USER }, false],
  [{}, false],
] as const;

for (const [credentials, allowed] of TABLES) {
  test(`of the credentials for ${Object.keys(credentials).join(", ") || "nothing"} the longest match is taken`, async () => {
    const registry = createFakeRegistry({ auth: { kind: "bearer", anonymousPull: false } });
    await seedImage(registry.store, "acme/app", "1");
    const access = createAccess({ host: {}, fetch: registry.fetch, credentials });
    const repository = access.open(parseLocation("registry.test/acme/app:1"), "pull");
    const reading = repository.getManifest("1");
    if (allowed) await reading;
    else await assert.rejects(reading);
  });
}

test("an access tells each warning once", () => {
  const told: string[] = [];
  const access = createAccess({ host: {}, onWarning: (message) => told.push(message) });
  for (const message of ["a", "b", "a"]) access.warn({ code: "registry", message });
  assert.deepEqual(told, ["a", "b"]);
  assert.deepEqual(access.warnings.map(({ message }) => message), ["a", "b"]);
});

test("an access opens neither scratch nor a layout where there are no directories", () => {
  const access = createAccess({ host: {} });
  assert.throws(() => access.open(parseLocation("scratch"), "pull"), TypeError);
  assert.throws(() => access.open(parseLocation("oci:dir"), "pull"), TypeError);
});

test("a secret that names no registry is asked for where something is written, and for no base", async () => {
  const registry = createFakeRegistry({ auth: { kind: "basic" } });
  const base = createFakeRegistry({ host: "base.test", auth: { kind: "basic" } });
  const asked: unknown[] = [];
  const access = createAccess({
    host: {},
    fetch: createNetwork(registry, base),
    credentials: ({ registry: name, isTarget }) => {
      asked.push([name, isTarget]);
      return Promise.resolve(USER);
    },
  });
  const places = [
    access.open(parseLocation("registry.test/acme/app:1"), "pull", "target"),
    access.open(parseLocation("base.test/acme/app:1"), "pull", "source"),
  ];
  for (const place of places) await place.headManifest("1");
  assert.deepEqual(asked, [["registry.test", true], ["base.test", false]]);
});

test("all documents of a verb together are bounded, however many there are", async () => {
  const { fetch } = createFakeRegistry();
  const bytes = new Uint8Array(4_000_000).fill(0x20);
  const endless: typeof fetch = (url, init) =>
    url.includes("/manifests/") ? Promise.resolve(new Response(bytes)) : fetch(url, init);
  const access = createAccess({ host: {}, fetch: endless });
  const repository = access.open(parseLocation("registry.test/acme/app:1"), "pull");
  const reads = Array.from({ length: 20 }, (_, index) => repository.getManifest(`t${index}`));
  const refused = (await Promise.allSettled(reads)).filter(({ status }) => status === "rejected");
  assert.ok(refused.length >= 4, `${refused.length} refused`);
  assert.match(
    String((refused[0] as PromiseRejectedResult).reason),
    /all documents together are longer than 67108864 bytes$/,
  );
});
