/** Random archives: what is accepted without a warning, other people's tar reads as the same entries. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { test } from "node:test";
import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { createSha256 } from "../../lib/base/hash/sha256.ts";
import { checkEntry } from "../../lib/layer/check_entry.ts";
import { webCodec } from "../../lib/layer/compression/web_codec.ts";
import { packLayer } from "../../lib/layer/pack.ts";
import { withDirectory } from "../host/temporary.ts";
import { END, header, member, pax, scan } from "../tar/archive.ts";
import { buildGoReader, listWithGnuTar, listWithGo, SKIP_GNU_TAR, SKIP_GO } from "../tar/oracle.ts";

const ARCHIVES = Number(env["APPENDLAYER_ARCHIVES"] ?? 2_000);
const SEED = Number(env["APPENDLAYER_SEED"] ?? Date.now() % 2 ** 32);

/** mulberry32. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) % below;
  };
}

const NAMES = [
  "a",
  "b",
  "d",
  "d/a",
  "d/b",
  "./d/a",
  "d/e",
  "d/e/f",
  "l",
  "l/a",
  ".wh.a",
  "d/.wh.b",
];
const octal = (value: number): string => `${value.toString(8).padStart(11, "0")}\0`;

function randomEntry(random: (below: number) => number): Bytes {
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const name = pick(NAMES);
  const linkName = pick([...NAMES, "/etc", "..", ""]);
  switch (random(12)) {
    case 0:
      return header({ name, typeFlag: "1", linkName });
    case 1:
      return header({ name, typeFlag: "2", linkName });
    case 2:
    case 3:
    case 4:
      return header({ name: `${name}/`, typeFlag: "5", mode: pick([0o755, 0o755, 0o700]) });
    case 5:
      return concatBytes([
        header({
          name,
          typeFlag: "S",
          magic: "ustar  \0",
          size: 3,
          at: [[386, octal(700) + octal(3)], [483, octal(2_000)]],
        }),
        member({}, "abc").subarray(512),
      ]);
    case 6:
      return concatBytes([
        pax([
          pick([["path", `p/${name}`], ["mtime", "1.5"], ["SCHILY.xattr.com.apple.x", "1"]]),
        ]),
        member({ name }, "pax"),
      ]);
    case 7:
      return pax([pick([["comment", "c"], ["uid", "7"]])], "g");
    case 8:
      return header({ name, typeFlag: pick(["V", "7", "N", "D"]) });
    default:
      return member({ name }, "x".repeat(random(600)));
  }
}

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
  const random = randomNumbers(SEED);
  const accepted = [];
  for (let index = 0; index < ARCHIVES; index++) {
    const entries = Array.from({ length: 1 + random(6) }, () => randomEntry(random));
    const bytes = await accept(concatBytes([...entries, END]), index);
    if (bytes !== undefined) accepted.push({ index, bytes });
  }
  return accepted;
}

test("random archives that are accepted have each path once, and no link before its target", async (context) => {
  context.diagnostic?.(`seed ${SEED}, ${ARCHIVES} archives`);
  const accepted = await acceptedArchives();
  context.diagnostic?.(`${accepted.length} accepted`);
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
