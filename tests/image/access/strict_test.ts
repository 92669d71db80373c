import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { type Bytes, concatBytes } from "../../../lib/base/bytes.ts";
import type { LayerInput } from "../../../lib/layer/layer_input.ts";
import { parseWarningCode } from "../../../lib/image/access/strict.ts";
import type { ImageResult } from "../../../lib/image/verbs/image_result.ts";
import { appendLayer, type AppendOptions } from "../../../lib/image/verbs/append.ts";
import { type Warning, WARNING_CODES, WarningError } from "../../../lib/storage/warning.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { END, header, member } from "../../tar/archive.ts";
import { seedImage } from "../fake_images.ts";

const LINK = concatBytes([
  header({ name: "srv/app/hl", typeFlag: "1", linkName: "etc/base.txt" }),
  END,
]);
const TWICE = concatBytes([
  member({ name: "srv/f" }, "1"),
  member({ name: "srv/f" }, "22"),
  END,
]);

async function append(
  layer: LayerInput,
  rest: Partial<AppendOptions>,
): Promise<{ readonly result: Promise<ImageResult>; readonly tags: () => string[] }> {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1");
  const [base, target] = ["registry.test/acme/app:1", "registry.test/acme/app:2"];
  const result = appendLayer(base, target, { layers: [layer], host: {}, fetch, ...rest });
  return { result, tags: () => [...store.repository("acme/app").tags.keys()] };
}

test("a result tells its warnings in parts, too, and so does onWarning", async () => {
  const told: [string, Warning][] = [];
  const { result } = await append(LINK, { onWarning: (...warning) => told.push(warning) });
  const { warnings, warningDetails } = await result;
  assert.deepEqual(warningDetails.map(({ message }) => message), warnings);
  assert.deepEqual(told.map(([, detail]) => detail), warningDetails);
  assert.deepEqual(told.map(([message]) => message), warnings);
  const [{ code, path, engines } = {} as Warning] = warningDetails;
  assert.deepEqual([code, path, engines], ["hard-link-into-base", "srv/app/hl", [
    "containerd",
    "Docker",
    "Podman",
  ]]);
});

test("a warning is a failure where it is to be one, and leaves the target as it was", async () => {
  const { result, tags } = await append(LINK, { strict: true });
  await assert.rejects(result, (error: Error) => {
    assert.ok(error instanceof WarningError);
    assert.equal(error.warning.code, "hard-link-into-base");
    assert.match(error.message, /^Cannot go on with the warning "hard-link-into-base": The hard /);
    return true;
  });
  assert.deepEqual(tags(), ["1"]);
});

test("a warning that comes up after the layers is a failure before a manifest is written", async () => {
  const { result, tags } = await append(LINK, {
    strict: true,
    allow: ["hard-link-into-base"],
    user: "node",
    readBase: "none",
  });
  await assert.rejects(result, { name: "WarningError", message: /"missing-parent"/ });
  assert.deepEqual(tags(), ["1"]);
});

test("an allowed warning lets the image be made", async () => {
  const { result, tags } = await append(LINK, { strict: true, allow: ["hard-link-into-base"] });
  assert.equal((await result).warnings.length, 1);
  assert.deepEqual(tags(), ["1", "2"]);
});

test("a code that is none cannot be allowed", async () => {
  for (const code of WARNING_CODES) assert.equal(parseWarningCode(code), code);
  const { result } = await append(LINK, { allow: ["hard-links" as never] });
  await assert.rejects(
    result,
    /^TypeError: Cannot allow the warning "hard-links": expected one of/,
  );
});

const REPAIRED: readonly [what: string, layer: Bytes][] = [
  ["a plain archive", TWICE],
  ["a compressed archive", new Uint8Array(gzipSync(TWICE))],
];

for (const [what, layer] of REPAIRED) {
  test(`the upload of ${what} begins again where a repair needs that, and the result tells it`, async () => {
    const { result, tags } = await append(layer, {});
    const { layers: [made], warningDetails } = await result;
    assert.deepEqual(made?.repaired, [{ path: "srv/f", kind: "repeated" }]);
    assert.equal(made?.uncompressedSize, TWICE.length - 1_024);
    assert.deepEqual(
      warningDetails.map(({ code }) => code),
      layer === TWICE ? [] : ["recompressed"],
    );
    assert.deepEqual(tags(), ["1", "2"]);
  });
}
