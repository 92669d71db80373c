/** Calls as plain JavaScript makes them, without types: what is wrong is told, and by its name. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as library from "../../../lib/entries/container_image_builder.ts";
import * as files from "../../../lib/entries/files.ts";
import * as main from "../../../lib/entries/main.ts";

// deno-lint-ignore no-explicit-any -- JavaScript has no types.
type Untyped = Record<string, any>;

const verbs: Untyped = main;
const { addFiles, editEntries }: Untyped = files;
const { Image, RegistryClient, auth, pack }: Untyped = library;
const host = {};
const BASE = "registry.test/acme/app:1";
const layer = new Uint8Array(1024);

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

const WRONG: readonly (readonly [name: string, call: () => unknown, message: RegExp])[] = [
  [
    "layer",
    () => verbs["appendLayer"](BASE, BASE, { host, layer }),
    /appendLayer\(\) with "layer"/,
  ],
  ["no options", () => verbs["appendLayer"](BASE, BASE), /expected an array as layers/],
  ["no layers", () => verbs["appendLayer"](BASE, BASE, { host }), /layers, got undefined/],
  ["null", () => verbs["appendLayer"](BASE, BASE, null), /expected an object of options, got null/],
  [
    "layers as an object",
    () => verbs["appendLayer"](BASE, BASE, { host, layers: { layer } }),
    /expected an array as layers, got object/,
  ],
  ["Env", () => verbs["editImage"](BASE, BASE, { host, Env: {} }), /editImage\(\) with "Env"/],
  ["tag", () => verbs["copyImage"](BASE, BASE, { host, tag: "x" }), /copyImage\(\) with "tag"/],
  [
    "platform",
    () => verbs["inspectImage"](BASE, { host, platform: "linux/amd64" }),
    /inspectImage\(\) with "platform"/,
  ],
  ["limit", () => drain(verbs["listTags"](BASE, { host, limit: 1 })), /listTags\(\) with "limit"/],
  ["platforms", () => verbs["resolveDigest"](BASE, { host, platforms: [] }), /with "platforms"/],
  [
    "force",
    () => verbs["tagImage"](BASE, ["a"], { host, force: true }),
    /tagImage\(\) with "force"/,
  ],
  ["yes", () => verbs["deleteImage"](BASE, { host, yes: true }), /deleteImage\(\) with "yes"/],
  ["src", () => addFiles({ additions: [{ src: "a", dest: "b" }] }), /in additions with "src"/],
  ["no destination", () => addFiles({ additions: [{ source: "a" }] }), /without destination/],
  ["ignores", () => addFiles({ ignores: [] }), /addFiles\(\) with "ignores"/],
  ["uid", () => editEntries({ uid: 0 }), /editEntries\(\) with "uid"/],
  ["credentials", () => new Image(BASE, { credentials: {} }), /Image\(\) with "credentials"/],
  ["cmd", () => new Image(BASE, { host }).save([], { cmd: [] }), /save\(\) with "cmd"/],
  ["force", () => new Image(BASE, { host }).sync({ force: true }), /sync\(\) with "force"/],
  ["ignore", () => pack({}, { ignore: [] }), /pack\(\) with "ignore"/],
  [
    "https",
    () => new RegistryClient("registry.test", "a", {}, { https: true }),
    /RegistryClient\(\) with "https"/,
  ],
  [
    "username",
    () => auth(BASE, "pull", { "registry.test": { username: "a", password: "b" } }, { host }),
    /auth for "registry.test": expected token, .*, got username, password/,
  ],
];

for (const [name, call, message] of WRONG) {
  test(`a wrong call is told by the name of ${name}: ${message.source}`, async () => {
    await assert.rejects(async () => await call(), { name: "TypeError", message });
  });
}

test("what token services and credential helpers answer is taken with all its fields", async () => {
  const config = { "registry.test": { Username: "a", Secret: "b", ServerURL: "registry.test" } };
  assert.deepEqual(await auth(BASE, "pull", config, { host }), { Username: "a", Secret: "b" });
  assert.deepEqual(await auth(BASE, "pull", { "registry.test": {} }, { host }), {});
});
