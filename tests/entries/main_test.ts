import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  appendLayer,
  copyImage,
  copyTags,
  deleteImage,
  diffImages,
  editImage,
  inspectImage,
  listTags,
  makeIndex,
  rebaseImage,
  resolveDigest,
  tagImage,
} from "../../lib/entries/main.ts";
import { writeTar } from "../../lib/entries/tar.ts";
import { appendLayer as appendWithout } from "../../lib/image/verbs/append.ts";
import { createNodeHost } from "../../lib/host/node_host.ts";
import type { Host } from "../../lib/image/access/runtime_host.ts";
import { withDirectory } from "../host/temporary.ts";
import { createMemoryDirectory } from "../layout/memory_directory.ts";

/** A layer with one empty file. */
const LAYER = (): AsyncIterable<Uint8Array> =>
  writeTar([{ path: "a", type: "file", size: 0, mode: 0o644, uid: 0, gid: 0, mtime: 0 }]);

const NO_DIRECTORIES = /this runtime has no directories/;

/** Calls every verb on images in a layout. */
async function callAll(layout: string, options: { readonly host?: Host }): Promise<void> {
  const made = await appendLayer("scratch", `${layout}:1`, { layers: [LAYER], ...options });
  const edited = await editImage(`${layout}:1`, `${layout}:2`, { cmd: ["a"], ...options });
  const copied = await copyImage(`${layout}:2`, `${layout}:3`, options);
  assert.equal(copied.digest, edited.digest);
  assert.equal((await inspectImage(`${layout}:1`, options)).digest, made.digest);
  const difference = await diffImages(`${layout}:1`, `${layout}:3`, options);
  assert.equal(difference.to.digest, edited.digest);
  assert.equal(await resolveDigest(`${layout}:3`, options), edited.digest);
  const other = { ...options, dryRun: true };
  assert.equal((await copyTags(layout, `${layout}-copy`, other)).length, 3);
  assert.equal((await makeIndex(`${layout}:5`, [`${layout}:3`], other)).platforms.length, 1);
  const rebasing = { ...other, onto: "scratch", from: "scratch" };
  assert.equal((await rebaseImage(`${layout}:3`, `${layout}:6`, rebasing)).platforms.length, 1);
  assert.equal((await tagImage(`${layout}:3`, ["4"], options)).digest, edited.digest);
  assert.equal((await deleteImage(`${layout}:4`, options)).digest, edited.digest);
  const tags: string[] = [];
  for await (const tag of listTags(layout, options)) tags.push(tag);
  assert.deepEqual(tags.sort(), ["1", "2", "3"]);
}

describe("the verbs of the main entry", () => {
  test("have the runtime's host where they are given none", async () => {
    await withDirectory((directory) => callAll(`oci:${join(directory, "image")}`, {}));
  });

  test("have the host that they are given, and no other", async () => {
    const directory = createMemoryDirectory();
    await callAll("oci:memory", { host: { openDirectory: () => directory } });
    const options = { host: {} };
    const appending = appendLayer("scratch", "oci:none:1", { layers: [LAYER], ...options });
    await assert.rejects(appending, NO_DIRECTORIES);
    await assert.rejects(editImage("oci:none:1", "oci:none:2", options), NO_DIRECTORIES);
    await assert.rejects(copyImage("oci:none:1", "oci:none:2", options), NO_DIRECTORIES);
    await assert.rejects(inspectImage("oci:none:1", options), NO_DIRECTORIES);
    await assert.rejects(diffImages("oci:none:1", "oci:none:2", options), NO_DIRECTORIES);
    await assert.rejects(resolveDigest("oci:none:1", options), NO_DIRECTORIES);
    await assert.rejects(copyTags("oci:none", "oci:other", options), NO_DIRECTORIES);
    await assert.rejects(makeIndex("oci:none:2", ["oci:none:1"], options), NO_DIRECTORIES);
    const rebasing = rebaseImage("oci:none:1", "oci:none:2", { ...options, onto: "scratch" });
    await assert.rejects(rebasing, NO_DIRECTORIES);
    await assert.rejects(tagImage("oci:none:1", ["2"], options), NO_DIRECTORIES);
    await assert.rejects(deleteImage("oci:none:1", options), NO_DIRECTORIES);
    await assert.rejects(async () => {
      for await (const _ of listTags("oci:none", options));
    }, NO_DIRECTORIES);
  });

  test("are those of lib/image, which know no runtime, whatever was imported before", async () => {
    assert.ok(createNodeHost().openDirectory);
    await assert.rejects(
      appendWithout("scratch", "oci:none:1", { layers: [LAYER] }),
      NO_DIRECTORIES,
    );
  });
});
