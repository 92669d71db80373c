/** Random archives: what is accepted without a warning, other people's tar reads as the same entries. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { test } from "node:test";
import type { Bytes } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { createSha256 } from "../../lib/base/hash/sha256.ts";
import { checkEntry } from "../../lib/layer/check_entry.ts";
import { webCodec } from "../../lib/layer/compression/web_codec.ts";
import { packLayer } from "../../lib/layer/pack.ts";
import { withDirectory } from "../host/temporary.ts";
import { scan } from "../tar/archive.ts";
import { buildGoReader, listWithGnuTar, listWithGo, SKIP_GNU_TAR, SKIP_GO } from "../tar/oracle.ts";
import { chooseSeed, createRandom } from "../random.ts";
import { randomArchive } from "./random_archives.ts";

const ARCHIVES = Number(env["APPENDLAYER_ARCHIVES"] ?? 2_000);
const SEED = chooseSeed();

/** Packs an archive; undefined where it is refused or warned of. */
async function accept(archive: Bytes, index: number): Promise<Bytes | undefined> {
  let warned = false;
  const layer = packLayer(archive, {
    codec: webCodec,
    createHasher: createSha256,
    compression: "none",
    onWarning: () => warned = true,
    onEntry: (entry) => warned ||= checkEntry(entry) !== undefined,
  });
  while (true) {
    try {
      const bytes = await collectBytes(layer.open());
      if (layer.repaired.length === 0) assert.deepEqual(bytes, archive);
      return warned ? undefined : bytes;
    } catch (failure) {
      const error = await layer.recover().then((again) => again ? undefined : failure, String);
      if (error === undefined) continue;
      const isTold = /^LayerError: .*(?:"|without any entry|nothing is left)/.test(String(error));
      assert.ok(isTold, `Archive ${index} of seed ${SEED}: ${error}`);
      return undefined;
    }
  }
}

async function acceptedArchives(): Promise<{ index: number; bytes: Bytes }[]> {
  const random = createRandom(SEED).integer;
  const accepted = [];
  for (let index = 0; index < ARCHIVES; index++) {
    const bytes = await accept(randomArchive(random), index);
    if (bytes !== undefined) accepted.push({ index, bytes });
  }
  return accepted;
}

test("random archives that are accepted have each path once, and no link before its target", async (context) => {
  context.diagnostic?.(`seed ${SEED}, ${ARCHIVES} archives`);
  const accepted = await acceptedArchives();
  context.diagnostic?.(`${accepted.length} accepted`);
  // It is half of them, and by luck it would be this few in no lifetime.
  assert.ok(accepted.length > ARCHIVES / 10);
  for (const { index, bytes } of accepted) {
    const seen = new Set<string>();
    for (const { path, type, linkPath = "" } of scan(bytes)) {
      const place = path.replace(/^\.\/|\/$/g, "");
      const why = `Archive ${index} of seed ${SEED}: ${path}`;
      assert.ok(!seen.has(place), why);
      assert.notEqual(type, "other", why);
      if (type === "hard-link") assert.ok(seen.has(linkPath.replace(/^\.\//, "")), why);
      seen.add(place);
    }
  }
});

test(
  "random archives that are accepted are the same to Go",
  { skip: SKIP_GO },
  (context) =>
    withDirectory(async (directory) => {
      context.diagnostic?.(`seed ${SEED}`);
      const reader = buildGoReader(directory);
      if (reader === undefined) throw new Error("Cannot build the reader");
      const accepted = await acceptedArchives();
      const lines = listWithGo(reader, accepted.map(({ bytes }) => bytes));
      for (const [at, { index, bytes }] of accepted.entries()) {
        const hex = (text: string): string =>
          Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0"))
            .join("");
        const paths = scan(bytes).map(({ path, type, linkPath = "" }) =>
          ` ${hex(path)}:${/link/.test(type) ? hex(linkPath) : ""}`
        );
        assert.equal(lines[at], `EOF${paths.join("")}`, `Archive ${index} of seed ${SEED}`);
      }
    }),
);

test(
  "random archives that are accepted are the same to GNU tar",
  { skip: SKIP_GNU_TAR },
  () =>
    withDirectory(async (directory) => {
      const file = join(directory, "random.tar");
      for (const { index, bytes } of (await acceptedArchives()).slice(0, 100)) {
        writeFileSync(file, bytes);
        const expected = scan(bytes).map(({ path, type }) => [path, type]);
        const listed = listWithGnuTar(file).map(({ path, type }) => [path, type]);
        assert.deepEqual(listed, expected, `Archive ${index} of seed ${SEED}`);
      }
    }),
);
