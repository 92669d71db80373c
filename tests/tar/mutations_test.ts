/** Random changes to valid archives: what the scanner accepts, others read too, and as the same. */

import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { test } from "node:test";
import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { encodeHex } from "../../lib/base/hex.ts";
import { writeChecksum } from "../../lib/tar/header.ts";
import { HeaderReader } from "../../lib/tar/header_reader.ts";
import { TarError } from "../../lib/tar/tar_error.ts";
import { encodeText } from "../../lib/tar/text.ts";
import { withDirectory } from "../host/temporary.ts";
import { chooseSeed, createRandom } from "../random.ts";
import { END, member, pax, scan } from "./archive.ts";
import { ARCHIVERS, makeSampleTree } from "./foreign_archives.ts";
import { buildGoReader, listWithGo, run, SKIP_GNU_TAR, SKIP_GO } from "./oracle.ts";

/** 100,000 take some minutes: nearly all of it is starting GNU tar. */
const MUTATIONS = Number(env["APPENDLAYER_MUTATIONS"] ?? 2_000);
const SEED = chooseSeed();

/** An archive, and where its headers are: all blocks that a scanner looks at. */
interface Sample {
  readonly archive: Bytes;
  readonly headers: readonly number[];
}

function sample(archive: Bytes): Sample {
  const headers: number[] = [];
  const reader = new HeaderReader();
  for (let offset = 0; offset < archive.length; offset += 512) {
    const block = archive.subarray(offset, offset + 512);
    if (!reader.pending && block.every((byte) => byte === 0)) break;
    headers.push(offset);
    if (reader.push(block, offset) !== undefined) offset += reader.remaining;
  }
  return { archive, headers };
}

/** Bytes that mean something somewhere in a header. */
const TELLING = [..."\0 0123456789=\n-+.xgLKSDMVNX\x80\xff/"].map((text) => text.charCodeAt(0));

/** Fields that decide how an archive is read, as offset and length. */
const FIELDS = [[100, 24], [124, 12], [136, 12], [156, 1], [257, 8], [329, 16], [
  386,
  110,
]] as const;

function mutate({ archive, headers }: Sample, random: (below: number) => number): Bytes {
  let mutated = archive.slice();
  for (let change = random(3); change >= 0; change--) {
    const start = headers[random(headers.length)] ?? 0;
    const header = mutated.subarray(start, start + 512);
    const blocks = mutated.length / 512;
    const cut = random(blocks) * 512;
    switch (random(10)) {
      case 0:
        mutated = mutated.slice(0, random(4) === 0 ? random(mutated.length) : cut);
        break;
      case 1:
        mutated = concatBytes([mutated.subarray(0, cut), mutated.subarray(cut + 512)]);
        break;
      case 2:
        mutated = concatBytes([mutated.subarray(0, cut), header.slice(), mutated.subarray(cut)]);
        break;
      case 3:
        mutated[random(mutated.length)] = random(256);
        break;
      default: {
        // Most of all: a changed header with a right checksum.
        const [offset, length] = random(3) === 0
          ? [0, 512]
          : FIELDS[random(FIELDS.length)] ?? [0, 1];
        const at = offset + random(length);
        header[at] = random(2) === 0 ? TELLING[random(TELLING.length)] ?? 0 : random(256);
        if (header.length === 512 && random(12) > 0) writeChecksum(header);
      }
    }
  }
  return mutated;
}

/** Archives in which a single byte decides more than in those that programs make. */
const HANDMADE = [
  concatBytes([
    pax([["path", "a"], ["size", "5"], ["mtime", "1.5"], ["uid", "1"], ["atime", "0"]]),
    member({}, "plain"),
    pax([["comment", "c"], ["linkpath", "l"]], "g").subarray(0, 0),
    member({ typeFlag: "L" }, "long name\0"),
    member({ typeFlag: "K" }, "long link\0"),
    member({ typeFlag: "2" }, ""),
    member({ typeFlag: "5", name: "d/" }, ""),
    member({ typeFlag: "3", deviceMajor: 1, deviceMinor: 2 }, ""),
    member({ magic: "" }, "v7"),
    END,
  ]),
];

/** Samples of all programs that are there. */
async function makeSamples(directory: string): Promise<Sample[]> {
  const samples = HANDMADE.map(sample);
  makeSampleTree(directory);
  // Without its holes, the sparse file is large and slow to mutate.
  for (const sparse of [true, false]) {
    if (!sparse) rmSync(join(directory, "sparse"));
    for (const { name, skip, make } of ARCHIVERS) {
      if (skip !== false || name.includes("sparse") !== sparse) continue;
      samples.push(sample(await make(directory) ?? END));
    }
  }
  return samples;
}

/** Makes mutations, nine of ten, and yields what the scanner accepts. */
function* accepted(
  samples: readonly Sample[],
): Iterable<{ index: number; mutated: Bytes; paths: string }> {
  const random = createRandom(SEED).integer;
  for (let index = 0; index < MUTATIONS; index++) {
    const original = samples[random(samples.length)];
    assert.ok(original);
    // Those that are as they were are accepted.
    const mutated = index % 10 === 0 ? original.archive : mutate(original, random);
    try {
      const paths = scan(mutated, 10_240).map(({ path, type, linkPath = "" }) =>
        ` ${hex(path)}:${/link/.test(type) ? hex(linkPath) : ""}`
      );
      yield { index, mutated, paths: paths.join("") };
    } catch (error) {
      if (error instanceof TarError) continue;
      throw new Error(`Mutation ${index} of seed ${SEED} is not refused but crashes`, {
        cause: error,
      });
    }
  }
}

const hex = (text: string): string => encodeHex(encodeText(text));

test("what TarScanner accepts of mutated archives, GNU tar lists without an error", {
  skip: SKIP_GNU_TAR,
}, (context) =>
  withDirectory(async (directory) => {
    const samples = await makeSamples(directory);
    context.diagnostic?.(`seed ${SEED}, ${MUTATIONS} mutations of ${samples.length} archives`);
    const file = join(directory, "mutated.tar");
    let count = 0;
    for (const { index, mutated } of accepted(samples)) {
      count++;
      // Not through a pipe: GNU tar does not read to its end, which some runtimes take for a failure.
      writeFileSync(file, mutated);
      const { status, errors } = run("tar", ["--list", "--no-seek", "--file", file]);
      assert.equal(status, 0, `Mutation ${index} of seed ${SEED}: ${errors}`);
    }
    context.diagnostic?.(`${count} accepted`);
    assert.ok(count >= MUTATIONS / 10, `only ${count} of ${MUTATIONS} were accepted`);
  }));

test("what TarScanner accepts of mutated archives, Go reads as the same entries", {
  skip: SKIP_GO,
}, (context) =>
  withDirectory(async (directory) => {
    const tree = join(directory, "tree");
    mkdirSync(tree);
    const samples = await makeSamples(tree);
    const reader = buildGoReader(directory);
    if (reader === undefined) throw new Error("Cannot build the reader");
    context.diagnostic?.(`seed ${SEED}`);
    let batch: { index: number; mutated: Bytes; paths: string }[] = [];
    const check = (): void => {
      const lines = listWithGo(reader, batch.map(({ mutated }) => mutated));
      for (const [at, { index, paths }] of batch.entries()) {
        const why = `Mutation ${index} of seed ${SEED}: ${lines[at]?.slice(0, 60)}`;
        assert.ok(lines[at] === `EOF${paths}`, why);
      }
      batch = [];
    };
    for (const mutation of accepted(samples)) {
      batch.push(mutation);
      if (batch.length === 100) check();
    }
    check();
  }));
