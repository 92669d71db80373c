import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  requireLocation,
  VERB_LOCATIONS,
  type VerbOperand,
} from "../../../lib/image/access/verb_locations.ts";
import { copyImage } from "../../../lib/image/verbs/copy.ts";
import { listTags } from "../../../lib/image/verbs/list_tags.ts";
import { parseLocation } from "../../../lib/storage/location.ts";

const PLACES = {
  registry: "ghcr.io/a/b:1",
  layout: "oci:dir:1",
  "oci-archive": "oci-archive:f:1",
  "docker-archive": "docker-archive:f:a:1",
  "docker-daemon": "docker-daemon:a:1",
  scratch: "scratch",
} as const;
const KINDS = Object.keys(PLACES) as (keyof typeof PLACES)[];

test("requireLocation() takes what has a mark and nothing else", () => {
  for (const [operand, kinds] of Object.entries(VERB_LOCATIONS)) {
    for (const kind of KINDS) {
      const check = (): void =>
        requireLocation(operand as VerbOperand, parseLocation(PLACES[kind]));
      if (kinds.includes(kind)) check();
      else assert.throws(check, TypeError, `${operand} ${kind}`);
    }
  }
});

test("requireLocation() says what is taken", () => {
  assert.throws(
    () => requireLocation("tags REPOSITORY", parseLocation("docker-daemon:a:1")),
    {
      name: "TypeError",
      message:
        'Cannot use "docker-daemon:a:1" as REPOSITORY of "tags": expected an image in a registry, oci:DIR or oci-archive:FILE',
    },
  );
});

test("docs/locations.md shows the table of verbs and locations", () => {
  const page = readFileSync(join(process.cwd(), "docs/locations.md"), "utf8");
  const rows = page.split(/\r?\n/).filter((line) =>
    /^\| `[a-z]+ (?:with [a-z ]+ )?[A-Z-]+`/.test(line)
  )
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim().replaceAll("`", "")));
  const shown = rows.map(([operand, ...marks]) => [
    operand,
    KINDS.filter((_kind, at) => marks[at] === "yes"),
  ]);
  const table = Object.entries(VERB_LOCATIONS).map(([operand, kinds]) => [
    operand,
    KINDS.filter((kind) => kinds.includes(kind)),
  ]);
  assert.deepEqual(shown, table);
});

test("verbs refuse a place without a mark before anything is asked", async () => {
  const fetch = (): Promise<Response> => Promise.reject(new Error("asked"));
  await assert.rejects(
    copyImage("ghcr.io/a/b", "docker-archive:f", { fetch, host: {}, referrers: true }),
    /Cannot use "docker-archive:f" as TARGET of "copy with referrers"/,
  );
  await assert.rejects(async () => {
    for await (const _tag of listTags("docker-archive:f", { fetch, host: {} }));
  }, /as REPOSITORY of "tags"/);
});
