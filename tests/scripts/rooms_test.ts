import { test } from "node:test";
import assert from "node:assert/strict";
import { refuseImport, ROOMS } from "../../scripts/lint/rooms.ts";

const ALLOWED: readonly [file: string, specifier: string, typeOnly?: boolean][] = [
  ["lib/oci/digest.ts", "../base/bytes.ts"],
  ["lib/oci/digest.ts", "./descriptor.ts"],
  ["lib/layer/pack.ts", "../tar/scanner.ts"],
  ["lib/image/verbs/append.ts", "../../registry/registries.ts"],
  ["lib/host/node_host.ts", "../image/host.ts"],
  ["lib/host/builtin.ts", "node:fs", true],
  ["lib/cli/program.ts", "node:util"],
  ["lib/cli/program.ts", "../host/node_host.ts"],
  ["cli.ts", "node:process"],
  ["mod.ts", "./lib/entries/main.ts"],
  ["lib/entries/main.ts", "../host/default_host.ts"],
  ["lib/container_image_builder/auth.ts", "../host/default_host.ts"],
  ["tests/tar/writer_test.ts", "node:test"],
  ["scripts/npm.ts", "npm:esbuild@0.28.2"],
];

const REFUSED: readonly [file: string, specifier: string, found: RegExp, typeOnly?: boolean][] = [
  ["lib/base/bytes.ts", "../oci/digest.ts", /"lib\/base" may not import from "lib\/oci"/],
  ["lib/base/bytes.ts", "../oci/digest.ts", /may not import/, true],
  ["lib/oci/image_index.ts", "../tar/header.ts", /"lib\/oci" may not import from "lib\/tar"/],
  ["lib/layer/pack.ts", "../registry/registries.ts", /may not import/],
  ["lib/image/verbs/append.ts", "../../host/node_host.ts", /may not import/],
  ["lib/host/files/walk.ts", "../../cli/progress.ts", /may not import/],
  ["lib/registry/upload.ts", "../../mod.ts", /from outside lib/],
  ["lib/entries/main.ts", "../cli/program.ts", /may not import/],
  ["lib/cli/program.ts", "../entries/main.ts", /may not import/],
  ["lib/host/files/walk.ts", "../../entries/files.ts", /may not import/],
  ["lib/host/native_types.ts", "../container_image_builder/image.ts", /may not import/],
  ["lib/utils/all.ts", "./more.ts", /"lib\/utils" is not a room/],
  ["lib/image/verbs/append.ts", "../../utils/all.ts", /"lib\/utils" is not a room/],
  ["lib/registry/upload.ts", "node:http", /no node: here/],
  ["lib/registry/upload.ts", "node:http", /no node: here/, true],
  ["lib/host/builtin.ts", "node:fs", /builtin\("node:…"\)/],
  ["mod.ts", "node:fs", /no node: here/],
  ["lib/tar/writer.ts", "jsr:@std/tar@1", /no packages, found "jsr:@std\/tar@1"/],
  ["cli.ts", "https://example.org/x.ts", /no packages/],
];

test("refuseImport() lets imports pass that point down", () => {
  for (const [file, specifier, typeOnly = false] of ALLOWED) {
    assert.equal(refuseImport({ file, specifier, typeOnly }), undefined, `${file} ← ${specifier}`);
  }
});

test("refuseImport() names what is wrong with the others", () => {
  for (const [file, specifier, found, typeOnly = false] of REFUSED) {
    assert.match(
      refuseImport({ file, specifier, typeOnly }) ?? "",
      found,
      `${file} ← ${specifier}`,
    );
  }
});

test("refuseImport() lets a room import itself and every lower room, and no other", () => {
  for (const [room, height] of ROOMS) {
    for (const [other, otherHeight] of ROOMS) {
      const refused = refuseImport({
        file: `lib/${room}/a.ts`,
        specifier: `../${other}/b.ts`,
        typeOnly: false,
      });
      assert.equal(
        refused === undefined,
        room === other || otherHeight < height,
        `${room} ← ${other}`,
      );
    }
  }
});
