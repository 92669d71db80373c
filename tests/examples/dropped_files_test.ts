import assert from "node:assert/strict";
import { test } from "node:test";
import { type Dropped, droppedFiles } from "../../examples/browser/dropped_files.ts";

/** A folder as browsers give it: names to contents, two at a time. */
function entryOf(path: string, content: string | Record<string, unknown>): unknown {
  if (typeof content === "string") {
    const file = new File([content], path.split("/").at(-1) ?? "");
    return { isFile: true, fullPath: path, file: (take: (file: File) => void) => take(file) };
  }
  const inner = Object.entries(content).map(([name, one]) =>
    entryOf(`${path}/${name}`, one as string)
  );
  const createReader = (): unknown => ({
    readEntries: (take: (entries: unknown[]) => void) => take(inner.splice(0, 2)),
  });
  return { isFile: false, fullPath: path, createReader };
}

test("droppedFiles() finds the files of folders, some at a time", async () => {
  const site = { "a.html": "a", "b.html": "bb", css: { "c.css": "ccc" } };
  const items = [
    { webkitGetAsEntry: () => entryOf("/site", site) },
    { webkitGetAsEntry: () => null, getAsFile: () => new File(["d"], "d.txt") },
    { webkitGetAsEntry: () => null, getAsFile: () => null },
  ];
  const files = await droppedFiles({ items } as unknown as Dropped);
  assert.deepEqual(files.map(({ path, file }) => [path, file.size]), [
    ["site/a.html", 1],
    ["site/b.html", 2],
    ["site/css/c.css", 3],
    ["d.txt", 1],
  ]);
});
