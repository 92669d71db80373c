import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openLog } from "../../../lib/cli/output/file_log.ts";
import { withDirectory } from "../../host/temporary.ts";

test("openLog() writes lines in the order of the calls, each at once", async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, "log");
    await writeFile(path, "");
    const log = await openLog(path, { continues: false });
    const lines = Array.from({ length: 50 }, (_, line) => `${line}\n`);
    await Promise.all(lines.map((line) => log.write(line)));
    assert.equal(await readFile(path, "utf8"), lines.join(""));
    await log.close();
  });
});

test("openLog() writes over nothing that is there", async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, "log");
    await writeFile(path, "old\n");
    await assert.rejects(openLog(path, { continues: false }), /there is something in it already/);
    assert.equal(await readFile(path, "utf8"), "old\n");
  });
});

test("openLog() goes on behind what is there, on a line of its own", async () => {
  await withDirectory(async (directory) => {
    for (
      const [name, before, after] of [
        ["whole", "old\n", "old\nnew\n"],
        ["cut", "old\nhal", "old\nhal\nnew\n"],
        ["empty", "", "new\n"],
        ["missing", undefined, "new\n"],
      ] as const
    ) {
      const path = join(directory, name);
      if (before !== undefined) await writeFile(path, before);
      const log = await openLog(path, { continues: true });
      await log.write("new\n");
      await log.close();
      assert.equal(await readFile(path, "utf8"), after);
    }
  });
});

test("openLog() says why a file cannot be written", async () => {
  await withDirectory(async (directory) => {
    for (const continues of [true, false]) {
      await assert.rejects(openLog(join(directory, "none", "log"), { continues }), /Cannot write/);
    }
  });
});
