import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../lib/cli/program.ts";
import { createFakeRegistry, type FakeRegistry } from "../../fake_registry/fake_registry.ts";
import { PROFILES } from "../../fake_registry/profile.ts";
import { seedImage } from "../../image/fake_images.ts";
import { createFakeIo, type FakeIoOptions } from "../fake_io.ts";

const NAME = "registry.test/acme/app";

async function run(
  { fetch }: FakeRegistry,
  args: readonly string[],
  options: FakeIoOptions = {},
): Promise<[code: number, output: string, errors: string]> {
  const io = createFakeIo({ fetch, ...options });
  return [await main(args, io), io.output(), io.errors()];
}

test("tag prints a line for each tag, or an object with --json", async () => {
  const registry = createFakeRegistry();
  const { digest } = await seedImage(registry.store, "acme/app", "1");
  const [code, output, errors] = await run(registry, ["tag", `${NAME}:1`, "a", "b", "c"]);
  const line = (tag: string): string => `${NAME}:${tag}@${digest}\n`;
  assert.deepEqual([code, output, errors], [0, line("a") + line("b") + line("c"), ""]);
  const json = await run(registry, ["tag", `${NAME}:1`, "d", "--dry-run", "--json"]);
  assert.equal(json[2], "appendlayer: tags d: would be written\n");
  assert.deepEqual(JSON.parse(json[1]).targets, [`${NAME}:d`]);
  assert.ok(!registry.store.repository("acme/app").tags.has("d"));
});

test("tag wants an image and at least one good tag", async () => {
  const registry = createFakeRegistry();
  const [code, , errors] = await run(registry, ["tag", `${NAME}:1`]);
  assert.equal(code, 2);
  assert.match(errors, /Cannot run "tag" with 1 operand: expected 2 or more/);
  assert.match((await run(registry, ["tag", `${NAME}:1`, "a:b"]))[2], /Cannot use "a:b" as TAG/);
  assert.equal((await run(registry, ["tag", `${NAME}:1`, "a"]))[0], 1);
});

test("delete wants --yes where nobody can be asked, but for a dry run", async () => {
  const registry = createFakeRegistry();
  const { digest } = await seedImage(registry.store, "acme/app", "1");
  const { tags } = registry.store.repository("acme/app");
  const refused = await run(registry, ["delete", `${NAME}:1`]);
  assert.equal(refused[0], 2);
  assert.match(refused[2], /Cannot delete without --yes: there is no terminal to ask on/);
  const bare = await run(registry, ["delete", NAME, "--yes"]);
  assert.equal(bare[0], 2);
  assert.match(bare[2], /Cannot delete ".*": name the tag or digest that is to go/);
  const line = `${NAME}:1@${digest}\n`;
  const dry = await run(registry, ["delete", `${NAME}:1`, "--dry-run"]);
  assert.deepEqual(dry, [0, line, `appendlayer: ${NAME}:1: would be deleted\n`]);
  assert.ok(tags.has("1"));
  const done = await run(registry, ["delete", `${NAME}:1`, "--yes"]);
  assert.deepEqual(done, [0, line, `appendlayer: ${NAME}:1: deleted\n`]);
  assert.ok(!tags.has("1"));
  const name = `${NAME}@${digest}`;
  const gone = await run(registry, ["delete", name, "-y", "--json"]);
  assert.deepEqual(JSON.parse(gone[1]), { name, deleted: "manifest", digest, warnings: [] });
  assert.match(gone[2], /: deleted, with the tags that point at it\n$/);
});

test("delete asks on a terminal, and takes nothing but yes", async () => {
  for (
    const [answer, isDeleted] of [["y", true], [" YES ", true], ["n", false], ["", false], [
      undefined,
      false,
    ]] as const
  ) {
    const registry = createFakeRegistry();
    const { digest } = await seedImage(registry.store, "acme/app", "1");
    const question = `Delete this tag: ${NAME}:1 (${digest})? [y/N] `;
    const answers = answer === undefined ? {} : { [question]: answer };
    const terminal = { inputIsTerminal: true, errorIsTerminal: true };
    const [code, , errors] = await run(registry, ["delete", `${NAME}:1`], { answers, ...terminal });
    assert.ok(errors.includes(`Delete this tag: ${NAME}:1 (${digest})? [y/N]`), errors);
    assert.equal(code, isDeleted ? 0 : 1);
    assert.equal(registry.store.repository("acme/app").tags.has("1"), !isDeleted);
  }
});

test("delete says what to do where a registry deletes no tags, and wants a tag to be named", async () => {
  const registry = createFakeRegistry({ profile: PROFILES.hub });
  const { digest } = await seedImage(registry.store, "acme/app", "1");
  const [code, , errors] = await run(registry, ["delete", `${NAME}:1`, "--yes"]);
  assert.equal(code, 1);
  assert.ok(errors.includes(`"appendlayer delete ${NAME}@${digest}" deletes the image`), errors);
  assert.match((await run(registry, ["delete", NAME, "--yes"]))[2], /name the tag or digest/);
});
