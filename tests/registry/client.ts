/** A client and a registry for tests, which share a clock. */

import { Registries } from "../../lib/registry/registries.ts";
import type { RegistryOptions } from "../../lib/registry/registry_options.ts";
import type { Repository } from "../../lib/storage/repository.ts";
import { type Clock, createVirtualClock, half } from "../fake_registry/clock.ts";
import { PASSWORD, USERNAME } from "../fake_registry/fake_auth.ts";
import {
  createFakeRegistry,
  type FakeRegistry,
  type FakeRegistryOptions,
} from "../fake_registry/fake_registry.ts";

/** Bytes that {@linkcode createClient} keeps in memory. */
export const BUFFER_SIZE = 8_000;

/** What a test works with. */
export interface TestClient {
  readonly clock: Clock;
  readonly registry: FakeRegistry;
  readonly registries: Registries;
  /** `acme/app`, to push to. */
  readonly repository: Repository;
  /** The methods of all requests so far, without those for tokens, and without `DELETE`, which comes at any time. */
  methods(): string;
}

/** Makes a registry, and a client that knows the right password. */
export function createClient(
  fake: FakeRegistryOptions = {},
  options: RegistryOptions = {},
): TestClient {
  const clock = fake.clock ?? createVirtualClock();
  const registry = createFakeRegistry({ ...fake, clock });
  const registries = new Registries({
    fetch: registry.fetch,
    credentials: () => Promise.resolve({ username: USERNAME, password: PASSWORD }),
    bufferSize: BUFFER_SIZE,
    now: clock.now,
    delay: clock.delay,
    random: half,
    ...options,
  });
  return {
    clock,
    registry,
    registries,
    repository: registries.open(registry.host, "acme/app", "push"),
    methods: () =>
      registry.requests
        .filter(({ path, method }) => !path.startsWith("/token") && method !== "DELETE")
        .map(({ method }) => method).join(" "),
  };
}
