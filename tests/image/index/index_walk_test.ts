import { test } from "node:test";
import assert from "node:assert/strict";
import type { Descriptor } from "../../../lib/oci/descriptor.ts";
import type { Digest } from "../../../lib/oci/digest.ts";
import {
  IndexWalk,
  type VisitResults,
  walkDocuments,
} from "../../../lib/image/index/index_walk.ts";
import type { Document } from "../../../lib/oci/blob_reference.ts";

const MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json";

function entryOf(number: number): Descriptor {
  const digest: Digest = `sha256:${number.toString(16).padStart(64, "0")}`;
  return { mediaType: MEDIA_TYPE, digest, size: 3 };
}

function listOf(count: number): { manifests: Descriptor[] } {
  return { manifests: Array.from({ length: count }, (_, number) => entryOf(number)) };
}

function start(): { walk: IndexWalk<string>; reads: string[] } {
  const reads: string[] = [];
  const walk = new IndexWalk({
    name: "x/y",
    read({ digest }): Promise<string> {
      reads.push(digest);
      return Promise.resolve(digest);
    },
  });
  return { walk, reads };
}

test("IndexWalk knows the top from what is below it", () => {
  const { walk } = start();
  assert.equal(walk.isTop, true);
  assert.equal(walk.into(listOf(1)).isTop, false);
});

test("IndexWalk enters four indexes within each other and no fifth", () => {
  const { walk } = start();
  const fourth = walk.into(listOf(1)).into(listOf(1)).into(listOf(1)).into(listOf(1));
  assert.throws(() => fourth.into(listOf(1)), {
    name: "RangeError",
    message: "Cannot read the image of x/y: its indexes are nested more than 4 deep",
  });
});

test("IndexWalk counts what all indexes of a walk list together", () => {
  const { walk } = start();
  walk.into(listOf(2_500));
  walk.into(listOf(1)).into(listOf(2_499));
  assert.throws(() => walk.into(listOf(1)), {
    name: "RangeError",
    message: "Cannot read the image of x/y: its indexes list more than 5000 images",
  });
  start().walk.into(listOf(5_000));
});

test("requireFew() refuses more images than a walk may find", () => {
  const { walk } = start();
  walk.requireFew(5_000);
  assert.throws(() => walk.requireFew(5_001), { name: "RangeError" });
});

test("visit() reads and makes once what is listed often, at any position", async () => {
  const { walk, reads } = start();
  const results: VisitResults<number> = new Map();
  let made = 0;
  const make = (): Promise<number> => Promise.resolve(++made);
  const below = walk.into(listOf(2));
  assert.deepEqual(
    await Promise.all([
      walk.visit(entryOf(1), results, make),
      below.visit(entryOf(1), results, make),
      below.visit(entryOf(2), results, make),
    ]),
    [1, 1, 2],
  );
  assert.deepEqual(reads, [entryOf(1).digest, entryOf(2).digest]);
});

test("walkDocuments() refuses a document that is not as long as its entry says", async () => {
  const bytes = new TextEncoder().encode("{} ");
  const documents = {
    name: "x/y",
    getManifest: (digest: string): Promise<Document> =>
      Promise.resolve({ bytes, mediaType: MEDIA_TYPE, digest: digest as Digest }),
  };
  const walk = walkDocuments(documents, undefined);
  assert.deepEqual((await walk.read(entryOf(1))).bytes, bytes);
  await assert.rejects(walk.read({ ...entryOf(1), size: 4 }), {
    name: "SyntaxError",
    message: `Cannot read manifest "${entryOf(1).digest}" of x/y: expected 4 bytes, got 3`,
  });
});
