import assert from "node:assert/strict";
import { test } from "node:test";
import { Registries } from "../../../lib/registry/registries.ts";
import { RegistryError } from "../../../lib/registry/http/registry_error.ts";

test("a 403 is explained by what the registry says, not by the repository's name", async () => {
  const registries = new Registries({
    fetch: () => Promise.resolve(new Response(null, { status: 403 })),
    credentials: () => Promise.resolve({ username: "me", password: "x" }),
  });
  const repository = registries.open("registry.test", "acme/write_package", "pull");
  await assert.rejects(repository.getManifest("1"), { message: /registry answered 403$/ });
});

test("a 401 that cannot be learnt from leaves no timer behind", async () => {
  const timers = new Set<AbortSignal | undefined>();
  const registries = new Registries({
    retries: 0,
    // It refuses without a challenge, and its root, which might have one, cannot be reached.
    fetch: (url) =>
      url.endsWith("/v2/")
        ? Promise.reject(new TypeError("connection reset"))
        : Promise.resolve(new Response("who are you?", { status: 401 })),
    delay: (_duration, { signal } = {}) => {
      timers.add(signal);
      signal?.addEventListener("abort", () => timers.delete(signal));
      return new Promise(() => {});
    },
  });
  const repository = registries.open("registry.test", "acme/app", "pull");
  await assert.rejects(repository.getManifest("1"), RegistryError);
  assert.deepEqual([...timers].filter((signal) => signal?.aborted !== true), []);
});
