/** Layers for Windows, held to what crane 0.20.7 made of the same archive. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "../../../lib/base/bytes.ts";
import { appendLayer } from "../../../lib/image/verbs/append.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { END, header, member, scan } from "../../tar/archive.ts";
import { readImage, seedImage } from "../fake_images.ts";

const DESCRIPTOR =
  "MSWINDOWS.rawsd=AQAAgBQAAAAkAAAAAAAAAAAAAAABAgAAAAAABSAAAAAhAgAAAQIAAAAAAAUgAAAAIQIAAA==";

const APP = concatBytes([
  header({ name: "app/", typeFlag: "5", mode: 0o750, uid: 5, gid: 6, mtime: 77 }),
  member({ name: "app/run.exe", mode: 0o755, uid: 5, gid: 6, mtime: 77 }, "MZ"),
  header({
    ...{ name: "app/hl", typeFlag: "1", linkName: "app/run.exe" },
    ...{ mode: 0o755, uid: 5, gid: 6, mtime: 77 },
  }),
  header({ name: "app/sl", typeFlag: "2", mode: 0o777, linkName: "run.exe" }),
  member({ name: "app/.wh.gone" }, ""),
  member({ name: "./dot/x", mode: 0o600 }, "x"),
  END,
]);

/** As crane writes them, but for the hard link's target, which it leaves where it was. */
const EXPECTED = [
  "Files/ 555 0:0  ",
  "Hives/ 555 0:0  ",
  `Files/app/ 750 5:6  ${DESCRIPTOR}`,
  `Files/app/run.exe 755 5:6  ${DESCRIPTOR}`,
  `Files/app/hl 755 5:6 Files/app/run.exe ${DESCRIPTOR}`,
  `Files/app/sl 777 0:0 run.exe ${DESCRIPTOR}`,
  `Files/app/.wh.gone 644 0:0  ${DESCRIPTOR}`,
  `Files/dot/x 600 0:0  ${DESCRIPTOR}`,
];

const describe = (tar: Uint8Array<ArrayBuffer>): string[] =>
  scan(tar).map(({ path, mode, uid, gid, linkPath = "", records = [] }) =>
    `${path} ${mode.toString(8)} ${uid}:${gid} ${linkPath} ${
      records.map(([keyword, value]) => `${keyword}=${value}`).join(" ")
    }`
  );

const WINDOWS = { os: "windows", architecture: "amd64" } as const;

test("appendLayer() puts entries below Files on a Windows image, and says that it is one", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1", { platform: WINDOWS });
  const result = await appendLayer("registry.test/acme/app:1", "registry.test/acme/app:2", {
    layers: [APP],
    host: {},
    fetch,
  });
  const { layers } = readImage(store, "acme/app", "2");
  const tar = layers.at(-1);
  assert.ok(tar);
  assert.deepEqual(describe(new Uint8Array(tar)), EXPECTED);
  assert.deepEqual(result.warningDetails.map(({ code }) => code), ["windows"]);
  assert.equal(result.layers.length, 1);
});

test("appendLayer() leaves alone what was made for Windows, from a stream as well", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1", { platform: WINDOWS });
  const made = concatBytes([member({ name: "Files/x" }, "x"), END]);
  await appendLayer("registry.test/acme/app:1", "registry.test/acme/app:2", {
    layers: [new Blob([made]).stream()],
    host: {},
    fetch,
  });
  assert.deepEqual(readImage(store, "acme/app", "2").layers.at(-1), made);
});

test("appendLayer() puts a stream below Files, too, which it reads again where it was stored", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1", { platform: WINDOWS });
  const { layers } = await appendLayer("registry.test/acme/app:1", "registry.test/acme/app:2", {
    layers: [new Blob([APP]).stream()],
    host: {},
    fetch,
  });
  const tar = readImage(store, "acme/app", "2").layers.at(-1);
  assert.ok(tar);
  assert.deepEqual(describe(new Uint8Array(tar)), EXPECTED);
  assert.equal(layers.length, 1);
});

test("appendLayer() refuses a stream that would have to be put below Files where it was not stored", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1", { platform: WINDOWS });
  await assert.rejects(
    appendLayer("registry.test/acme/app:1", "registry.test/acme/app:2", {
      layers: [new Blob([APP]).stream()],
      dryRun: true,
      host: {},
      fetch,
    }),
    /give it as a file/,
  );
  assert.equal(store.repository("acme/app").tags.get("2"), undefined);
});
