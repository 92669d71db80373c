import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../lib/cli/program.ts";
import { nearTags } from "../../../lib/image/verbs/near_tags.ts";
import { createFakeIo } from "../../cli/fake_io.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { seedImage } from "../fake_images.ts";

test("nearTags() names those that begin alike, and all where there are few", () => {
  const many = ["2.0", "1.10", "1.2.4", "latest", "1.2.3-alpine", "1.2", "0.1"];
  assert.deepEqual(nearTags("1.2.3", many), ["1.2.3-alpine", "1.2.4", "1.2", "1.10"]);
  assert.deepEqual(nearTags("x", many), []);
  assert.deepEqual(nearTags("1.2", ["latest", "1.3"]), ["1.3", "latest"]);
});

test("inspect names the tags that are there, where one is not", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1.0");
  const inspect = async (name: string): Promise<string> => {
    const io = createFakeIo({ fetch });
    assert.equal(await main(["inspect", name], io), 1);
    return io.errors();
  };
  assert.match(
    await inspect("registry.test/acme/app:1.1"),
    /^appendlayer: tags that are there: 1.0\n/,
  );
  assert.doesNotMatch(await inspect("registry.test/acme/none:1.1"), /tags that are there/);
  const digest = `sha256:${"0".repeat(64)}`;
  assert.doesNotMatch(await inspect(`registry.test/acme/app@${digest}`), /tags that are there/);
});
