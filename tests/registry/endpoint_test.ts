import assert from "node:assert/strict";
import { test } from "node:test";
import { Registries } from "../../lib/registry/registries.ts";
import { AuthError } from "../../lib/registry/auth_error.ts";

test("a 401 that cannot be learnt from leaves no timer behind", async () => {
  const timers = new Set<AbortSignal | undefined>();
  const registries = new Registries({
    credentials: () => Promise.resolve({ username: "ada", password: "secret" }),
    fetch: () =>
      Promise.resolve(
        new Response("who are you?", {
          status: 401,
          headers: { "www-authenticate": 'Bearer realm="https://elsewhere.test/token"' },
        }),
      ),
    delay: (_duration, { signal } = {}) => {
      timers.add(signal);
      signal?.addEventListener("abort", () => timers.delete(signal));
      return new Promise(() => {});
    },
  });
  const repository = registries.open("registry.test", "acme/app", "pull");
  await assert.rejects(repository.getManifest("1"), AuthError);
  assert.deepEqual([...timers].filter((signal) => signal?.aborted !== true), []);
});
