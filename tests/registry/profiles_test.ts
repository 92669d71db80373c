/** Every kind of registry, from every kind of base, with a small and a large layer; prints the table. */

import assert from "node:assert/strict";
import process from "node:process";
import { after, test } from "node:test";
import { Registries } from "../../lib/registry/registries.ts";
import { createVirtualClock, half } from "../fake_registry/clock.ts";
import { PASSWORD, USERNAME } from "../fake_registry/fake_auth.ts";
import { createFakeRegistry, createNetwork } from "../fake_registry/fake_registry.ts";
import { type ProfileName, PROFILES } from "../fake_registry/profile.ts";
import { randomBytes, testSource } from "./blob_sources.ts";
import { imageFlaw, pushImage, seedImage } from "./push_image.ts";

const BASIC_ONLY: ReadonlySet<ProfileName> = new Set(["ecr", "cloudflare", "nexus"]);
const BASES = ["same repository", "other repository", "other registry"] as const;
const SIZES = { small: 1_000, large: 60_000 } as const;

/** What is kept in memory, so that the large layer streams. */
const BUFFER_SIZE = 16_000;

const table: string[] = [];

for (const profile of Object.keys(PROFILES) as ProfileName[]) {
  for (const base of BASES) {
    for (const size of ["small", "large"] as const) {
      test(`an image is appended to: ${profile}, ${base}, ${size} layer`, async () => {
        const clock = createVirtualClock();
        const registry = createFakeRegistry({
          profile,
          clock,
          auth: { kind: BASIC_ONLY.has(profile) ? "basic" : "bearer", anonymousPull: false },
        });
        const elsewhere = createFakeRegistry({ host: "elsewhere.test", clock });
        const source = base === "other registry" ? elsewhere : registry;
        const repository = base === "same repository" ? "acme/app" : "vendor/base";
        await seedImage(source, repository, "old");
        const registries = new Registries({
          fetch: createNetwork(registry, elsewhere),
          credentials: ({ registry }) =>
            Promise.resolve(
              registry === "registry.test" ? { username: USERNAME, password: PASSWORD } : undefined,
            ),
          bufferSize: BUFFER_SIZE,
          now: clock.now,
          delay: clock.delay,
          random: half,
        });
        const layer = randomBytes(SIZES[size], 9);
        const target = registries.open("registry.test", "acme/app", "push");
        const digest = await pushImage(
          base === "same repository" ? target : registries.open(source.host, repository, "pull"),
          target,
          // A session that is stuck cannot be left with what can be read only once.
          testSource(layer, { replayable: profile === "stuck session" }),
        );
        await registries.settle();
        assert.equal(registry.store.repository("acme/app").tags.get("new"), digest);
        assert.equal(await imageFlaw(registry, "acme/app", "new", layer), undefined);
        // Who counts requests does not let each of them be given back.
        if (profile !== "rate limit") {
          assert.equal(registry.openSessions(), 0, "no session is left behind");
        }
        for (const { path } of registry.requests) assert.ok(!registry.authority?.isSecretIn(path));
        const count = registry.requests.length;
        table.push(`${profile.padEnd(17)}${base.padEnd(18)}${size.padEnd(7)}${count} requests`);
      });
    }
  }
}

after(() => {
  process.stdout.write(`\n${table.join("\n")}\n`);
});
