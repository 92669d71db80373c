import assert from "node:assert/strict";
import { test } from "node:test";
import { createAccess } from "../../../lib/image/access/access.ts";
import { parseLocation } from "../../../lib/storage/location.ts";
import { PASSWORD, USERNAME } from "../../fake_registry/fake_auth.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
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
