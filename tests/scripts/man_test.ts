import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMANDS } from "../../lib/cli/commands/commands.ts";
import { manPages } from "../../scripts/man.ts";
import { exec, testWith } from "../end_to_end/program.ts";

test("each command has a page of the manual with all of its options", () => {
  const pages = manPages();
  assert.equal(pages.size, COMMANDS.length + 1);
  for (const { name, options, about } of COMMANDS) {
    const page = (pages.get(`appendlayer-${name}.1`) ?? "").replaceAll("\\-", "-");
    assert.ok(page.includes(about), name);
    for (const flag of options.keys()) assert.ok(page.includes(`--${flag}`), `${name} --${flag}`);
  }
});

testWith(["groff"], "groff has nothing against the pages", async () => {
  for (const [name, page] of manPages()) {
    const { code, stderr } = await exec(["groff", "-man", "-ww", "-z"], { input: page });
    assert.deepEqual([code, stderr], [0, ""], name);
  }
});
