/** Owners that are given by names, as `COPY --chown` has them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, concatBytes } from "../../../lib/base/bytes.ts";
import { createSha256 } from "../../../lib/base/hash/sha256.ts";
import { appendLayer, type AppendOptions } from "../../../lib/image/verbs/append.ts";
import { filesLayer } from "../../../lib/layer/files/files_layer.ts";
import { syncLayer } from "../../../lib/layer/sync/sync_layer.ts";
import type { LayerInput } from "../../../lib/layer/layer_input.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { randomBytes } from "../../registry/blob_sources.ts";
import { content, END, header } from "../../tar/archive.ts";
import {
  type Json,
  readImage,
  seedImage,
  seedIndexOf,
  type SeedOptions,
  tarOf,
} from "../fake_images.ts";
import { readEntries } from "../read_entries.ts";

const BASE = "registry.test/acme/app:1";
const TARGET = "registry.test/acme/app:2";

const file = (name: string, text: string): Bytes =>
  concatBytes([header({ name, size: text.length }), content(text)]);

const archive = (...parts: readonly Bytes[]): Bytes => concatBytes([...parts, END]);

const SYSTEM = archive(
  file("etc/passwd", "root:x:0:0\napp:x:1:2\n"),
  file("etc/group", "root:x:0:\nstaff:x:50:\n"),
);

/** A file below new directories, with an owner. */
function layerFor(owner: string): LayerInput {
  const one = { path: "", name: "one", type: "file", mode: 0o644, mtime: 0, size: 0 } as const;
  return filesLayer({
    sources: [{ name: "one", destination: "/opt/new/one", files: () => [one] }],
    owner,
  });
}

interface Setting {
  readonly store: ReturnType<typeof createFakeRegistry>["store"];
  seed(tars: readonly Bytes[], rest?: SeedOptions): Promise<Json>;
  append(
    owner: string,
    rest?: Partial<AppendOptions>,
  ): Promise<Awaited<ReturnType<typeof appendLayer>>>;
  /** What the new layer has, with owners. */
  listed(reference?: string): string[];
}

function createSetting(): Setting {
  const { store, fetch } = createFakeRegistry();
  return {
    store,
    seed: (tars, rest = {}) => seedImage(store, "acme/app", "1", { tars, ...rest }),
    append: (owner, rest = {}) =>
      appendLayer(BASE, TARGET, {
        layers: rest.layers ?? [layerFor(owner)],
        host: {},
        fetch,
        ...rest,
      }),
    listed(reference = "2"): string[] {
      const layer = readImage(store, "acme/app", reference).layers.at(-1);
      assert.ok(layer);
      return readEntries(layer).map(({ path, uid, gid }) => `${path} ${uid}:${gid}`);
    },
  };
}

test("appendLayer() looks an owner's names up in the topmost file of the base, links followed", async () => {
  const { seed, append, listed } = createSetting();
  await seed([
    SYSTEM,
    archive(file("usr/share/users", "root:x:0:0\napp:x:50000:0\n")),
    archive(header({ name: "etc/passwd", typeFlag: "2", linkName: "../usr/share/users" })),
    tarOf("srv/x", "x"),
  ]);
  const owners: Readonly<Record<string, string>> = {
    "app": "50000:0",
    "app:staff": "50000:50",
    "7:staff": "7:50",
    "app:9": "50000:9",
    "7": "7:7",
  };
  for (const [names, owner] of Object.entries(owners)) {
    await append(names);
    assert.deepEqual(listed(), [`opt/new/ ${owner}`, `opt/new/one ${owner}`], names);
  }
});

test("appendLayer() looks an owner's names up for files that are synced, too", async () => {
  const { seed, append, listed } = createSetting();
  await seed([SYSTEM]);
  const one = { path: "one", name: "one", type: "file", mode: 0o644, mtime: 0, size: 0 } as const;
  const sources = [{ name: "src", destination: "/opt/new", files: () => [one] }];
  const input = syncLayer({ sources, owner: "app:staff", createHasher: createSha256 });
  await append("", { layers: [{ name: "synced", isOptional: true, input }] });
  assert.equal(listed().at(-1), "opt/new/one 1:50");
});

test("appendLayer() reads nothing of the base for an owner by numbers", async () => {
  const { seed, append } = createSetting();
  await seed([SYSTEM]);
  await append("7:8", { readBase: "none" });
});

test("appendLayer() gives each image of an index the owner that it has", async () => {
  const { store, seed, append, listed } = createSetting();
  const images: Json[] = [];
  for (const [index, architecture] of ["amd64", "arm64", "s390x"].entries()) {
    const text = `# ${index}\napp:x:${index === 2 ? 0 : index}:5\n`;
    images.push(
      await seed([archive(file("etc/passwd", text))], { platform: { os: "linux", architecture } }),
    );
  }
  images.push(await seed([], { platform: { os: "windows", architecture: "amd64" } }));
  await seedIndexOf(store, "1", images);
  const { platforms } = await append("app");
  assert.deepEqual(
    platforms.map(({ digest }) => listed(digest).at(-1)),
    ["opt/new/one 0:5", "opt/new/one 1:5", "opt/new/one 0:5", "Files/opt/new/one 0:0"],
  );
});

test("appendLayer() refuses names where the base has them not, or may not be read, and writes no tag", async () => {
  const { store, seed, append } = createSetting();
  const refused = async (
    names: string,
    message: RegExp,
    rest: Partial<AppendOptions> = {},
  ): Promise<void> => {
    await assert.rejects(append(names, rest), { name: "LayerError", message });
    assert.throws(() => readImage(store, "acme/app", "2"));
  };
  await seed([SYSTEM]);
  await refused("other", /^Cannot find the user "other" in the base: "\/etc\/passwd" does not/);
  await refused("app:other", /^Cannot find the group "other" in the base: "\/etc\/group" does not/);
  await refused("app", /^Cannot use the owner "app": names are looked up in the base, which is/, {
    readBase: "none",
  });
  await refused("app", /^Cannot read "\/etc\/passwd" of the base: a new layer below changes it/, {
    layers: [archive(file("etc/hosts", "x"), file("etc/passwd", "x")), layerFor("app")],
  });
  await seed([]);
  await refused("app", /^Cannot find the user "app" in the base: it has no "\/etc\/passwd"/);
  await seed([archive(file("etc/passwd", "#".repeat(1024 * 1024 + 1)))]);
  await refused("app", /^Cannot read "\/etc\/passwd" of the base: it is longer than 1048576 bytes/);
  await seed([archive(
    file("etc/users", "x"),
    header({ name: "etc/passwd", typeFlag: "1", linkName: "etc/users" }),
  )]);
  await refused("app", /^Cannot read "\/etc\/passwd" of the base: it is no plain file/);
  await seed([archive(header({ name: "etc/passwd/", typeFlag: "5" }))]);
  await refused("app", /it has no "\/etc\/passwd"/);
});

test("appendLayer() stops looking for an owner where its budget ends", async () => {
  const { seed, append } = createSetting();
  const large = randomBytes(2 * 1024 * 1024);
  const filler = concatBytes([header({ name: "large", size: large.length }), large]);
  await seed([SYSTEM, archive(filler)]);
  await assert.rejects(append("app", { readBaseLimit: 1024 * 1024 }), {
    message: /lies further down in its layers than they may be read; write its number$/,
  });
  await append("app", { readBaseLimit: 5 * 1024 * 1024 });
});
