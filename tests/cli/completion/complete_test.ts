import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Fetch } from "../../../lib/base/fetch.ts";
import { COMMANDS } from "../../../lib/cli/commands/commands.ts";
import { main } from "../../../lib/cli/program.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { createFakeIo } from "../fake_io.ts";

/** What the program proposes for the last word, without what it says about it. */
async function propose(
  words: readonly string[],
  fetch: Fetch = () => Promise.reject(new Error("asked")),
  // No machine is so busy that tags are not there by then.
  env: Readonly<Record<string, string>> = { APPENDLAYER_COMPLETION_TIMEOUT: "60000" },
): Promise<string[]> {
  const current = words.at(-1) ?? "";
  const io = createFakeIo({ env, fetch });
  assert.equal(await main(["__complete", `=${current}`, ...words.slice(0, -1)], io), 0);
  assert.equal(io.errors(), "");
  return io.output().split("\n").slice(0, -1).map((line) => line.split("\t")[0] ?? "");
}

/** A registry whose repository `acme/app` has three tags. */
function withTags(): Fetch {
  const registry = createFakeRegistry();
  const { tags } = registry.store.repository("acme/app");
  for (const tag of ["1.0", "1.1", "latest"]) tags.set(tag, `sha256:${"0".repeat(64)}`);
  return registry.fetch;
}

const CASES: readonly [words: readonly string[], expected: readonly string[]][] = [
  [["insp"], ["inspect"]],
  [["hel"], ["help"]],
  [["help", "cop"], ["copy"]],
  [["help", "al"], ["all"]],
  [["copy", "--ref"], ["--referrers"]],
  [["a/b", "c/d", "--compression-"], ["--compression-level"]],
  [["edit", "--comp"], []],
  [["append", "--progress", ""], ["auto", "plain", "none"]],
  [["append", "--progress", "p"], ["plain"]],
  [["append", "--read-base=al"], ["--read-base=all"]],
  [["copy", "a/b", "c/d", "--platform", "linux/arm"], ["linux/arm64", "linux/arm/v7"]],
  [["copy", "a/b", "--dry-run", "--dry"], []],
  [["a/b", "c/d", "--layer", "x"], [":files"]],
  [["a/b", "c/d", "--add", "pub"], [":files"]],
  [["a/b", "c/d", "--digest-file="], [":files"]],
  [["inspect", "oci:im"], [":files"]],
  [["login", "ghcr.io:"], []],
  [["login", "ghcr.io", "-u", ""], []],
  [["completion", ""], ["bash", "zsh", "fish", "powershell"]],
  [["--nope", "inspect", "x"], []],
  [["inspect", "registry.test/acme/app:"], [
    "registry.test/acme/app:1.0",
    "registry.test/acme/app:1.1",
    "registry.test/acme/app:latest",
  ]],
  [["registry.test/acme/app:la"], ["registry.test/acme/app:latest"]],
  [["copy", "a/b", "registry.test/acme/app:1."], [
    "registry.test/acme/app:1.0",
    "registry.test/acme/app:1.1",
  ]],
  [["tag", "registry.test/acme/app:1.0", "la"], ["latest"]],
  [["registry.test", "acme/app", "1."], ["1.0", "1.1"]],
  [["registry.test", "acme/app:la"], ["acme/app:latest"]],
];

describe("completion", () => {
  for (const [words, expected] of CASES) {
    test(`proposes ${expected.join(", ") || "nothing"} for "${words.join(" ")}"`, async () => {
      assert.deepEqual(await propose(words, withTags()), expected);
    });
  }

  test("proposes every command, and every option of each", async () => {
    assert.deepEqual(await propose([""]), [...COMMANDS.map(({ name }) => name), "help"]);
    for (const { name, options } of COMMANDS) {
      assert.deepEqual(await propose([name, "--"]), [...options.keys()].map((flag) => `--${flag}`));
    }
  });

  test("is silent about a registry that fails or does not answer in time", async () => {
    const words = ["inspect", "registry.test/acme/app:"];
    assert.deepEqual(await propose(words), []);
    let isAborted = false;
    const silent: Fetch = (_, init) =>
      new Promise((_resolve, reject) =>
        init?.signal?.addEventListener("abort", () => {
          isAborted = true;
          reject(new Error("aborted"));
        })
      );
    // It would wait for ever.
    assert.deepEqual(await propose(words, silent, {}), []);
    assert.ok(isAborted);
  });

  test("asks no registry where that is not wanted", async () => {
    const env = { APPENDLAYER_COMPLETION_TIMEOUT: "0" };
    let asked = 0;
    const io = createFakeIo({
      env,
      fetch: (...request) => {
        asked++;
        return withTags()(...request);
      },
    });
    assert.equal(await main(["__complete", "=registry.test/acme/app:", "inspect"], io), 0);
    assert.deepEqual([io.output(), asked], ["", 0]);
  });

  test("lets no control character of a tag through", async () => {
    const registry = createFakeRegistry();
    registry.store.repository("acme/app").tags.set("x\x1b[2J", `sha256:${"0".repeat(64)}`);
    assert.deepEqual(await propose(["inspect", "registry.test/acme/app:"], registry.fetch), []);
  });

  test("is offered for four shells, and no other", async () => {
    for (const shell of ["bash", "zsh", "fish", "powershell"]) {
      const io = createFakeIo();
      assert.equal(await main(["completion", shell], io), 0);
      assert.match(io.output(), /__complete "?=/);
    }
    const io = createFakeIo();
    assert.equal(await main(["completion", "tcsh"], io), 2);
    assert.match(io.errors(), /Cannot use "tcsh" as SHELL: expected bash, zsh, fish, powershell/);
  });
});
