import assert from "node:assert/strict";
import { test } from "node:test";
import { formatJson, parseJson } from "../../lib/oci/json.ts";
import { parseDocument } from "../../lib/oci/document.ts";
import { configPlatform, parseConfig, runsAsRoot } from "../../lib/oci/config.ts";
import { formatLocation, parseLocation } from "../../lib/storage/location.ts";
import { formatReference, parseReference } from "../../lib/oci/reference.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { fuzz } from "../fuzz.ts";
import { fakeDescriptor, fakeDigest, fakeManifest } from "./documents.ts";
import { createRandom, type Random } from "../random.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** JSON as texts, with numbers and strings of every kind. */
function randomJson(random: Random, depth = 0): string {
  const kind = random.integer(depth > 4 ? 4 : 6);
  if (kind === 0) return random.pick(["true", "false", "null"]);
  if (kind === 1) return random.pick(["", "-"]) + randomNumber(random);
  if (kind < 4) return JSON.stringify(random.text('a":,{}[]\\\u0000\n0123.eé😀 ', 0, 12));
  const values = Array.from({ length: random.integer(5) }, () => randomJson(random, depth + 1));
  if (kind === 4) return `[${values.join(",")}]`;
  // Keys that are all digits would be put in order by every JavaScript engine.
  return `{${
    values.map((value, index) => `"k${index}${random.text("a1.", 0, 3)}":${value}`).join()
  }}`;
}

function randomNumber(random: Random): string {
  const digits = random.text("123456789", 1, 1) + random.text("0123456789", 0, 20);
  const fraction = random.flip() ? `.${random.text("0123456789", 1, 20)}` : "";
  const exponent = random.flip() ? `${random.pick(["e", "E"])}${random.pick(["", "+", "-"])}7` : "";
  return digits + fraction + exponent;
}

test("formatJson() writes any JSON as parseJson() read it", () => {
  const random = createRandom();
  for (let round = 0; round < 2_000; round++) {
    const text = `{"value":${randomJson(random)}}`;
    assert.equal(decode(formatJson(parseJson(encode(text), "it"))), text, `seed ${random.seed}`);
  }
});

test("parseReference() and parseLocation() take any text, or throw a SyntaxError", () => {
  const random = createRandom();
  const alphabet = "aZ09.:/@_- \u0000é[]\\%sha256localhost";
  for (let round = 0; round < 20_000; round++) {
    const text = random.text(alphabet, 0, 30);
    for (
      const [parse, format] of [
        [parseReference, formatReference],
        [parseLocation, formatLocation],
      ] as const
    ) {
      let once: string;
      try {
        once = (format as (parsed: unknown) => string)(parse(text));
      } catch (error) {
        assert.ok(error instanceof SyntaxError, `${JSON.stringify(text)}, seed ${random.seed}`);
        continue;
      }
      const twice = (format as (parsed: unknown) => string)(parse(once));
      assert.equal(twice, once, `${JSON.stringify(text)}, seed ${random.seed}`);
    }
  }
});

test("parseDocument() and parseConfig() take any change of a document, or throw a SyntaxError", async () => {
  const random = createRandom();
  const original = JSON.stringify({ ...fakeManifest("oci", "1", "2"), rootfs: { diff_ids: [] } });
  for (let round = 0; round < 3_000; round++) {
    const place = random.integer(original.length);
    const junk = random.pick(["", '"', "{", "}", "null", "1e9", "[]", ":", ",", "\u0000", "-1"]);
    const text = original.slice(0, place) + junk + original.slice(place + random.integer(20));
    const bytes = encode(text);
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const document = { bytes, mediaType, digest: await digestOf(bytes) };
    for (const parse of [() => parseDocument(document), () => parseConfig(bytes)]) {
      try {
        parse();
      } catch (error) {
        assert.ok(error instanceof SyntaxError, `${text}, seed ${random.seed}: ${error}`);
      }
    }
  }
});

const DOCUMENTS: Readonly<Record<string, Record<string, unknown>>> = {
  manifest: {
    ...fakeManifest("oci", "1", "2"),
    annotations: { a: "b" },
    subject: fakeDescriptor("x", "3"),
  },
  index: {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [{
      ...fakeDescriptor("application/vnd.oci.image.manifest.v1+json", "1"),
      platform: { os: "linux", architecture: "amd64" },
    }],
  },
};

for (const [kind, document] of Object.entries(DOCUMENTS)) {
  fuzz(`the ${kind} of an image`, () => [encode(JSON.stringify(document))], async (bytes) => {
    parseDocument({
      bytes,
      mediaType: String(document["mediaType"]),
      digest: await digestOf(bytes),
    });
  });
}

const CONFIG = {
  architecture: "amd64",
  os: "linux",
  config: { Env: ["PATH=/bin"], Cmd: ["sh"], User: "1000:1000", Labels: { a: "b" } },
  rootfs: { type: "layers", diff_ids: [fakeDigest("1")] },
  history: [{ created_by: "x" }, { empty_layer: true }],
};

fuzz("a config", () => [encode(JSON.stringify(CONFIG))], (bytes) => {
  const config = parseConfig(bytes);
  runsAsRoot(config);
  configPlatform(config);
});
