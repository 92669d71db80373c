import assert from "node:assert/strict";
import { test } from "node:test";
import { writeList } from "../../scripts/commands.ts";

test("writeList() names the main command first, and imports all by the alphabet", () => {
  const list = writeList(["append", "copy", "tags"]);
  assert.deepEqual(list.match(/^import \{ .*/gm), [
    'import { APPEND } from "./append_command.ts";',
    'import { COPY } from "./copy_command.ts";',
    'import { TAGS } from "./tags_command.ts";',
  ]);
  assert.match(list, /= \[\n {2}APPEND,\n {2}COPY,\n {2}TAGS,\n\];\n$/);
});
