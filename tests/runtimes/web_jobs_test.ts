/** What programs on Workers and in browsers sync and read, on both. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { createCorsProxy } from "../../examples/browser/cors_proxy.ts";
import type { Bytes } from "../../lib/base/bytes.ts";
import { concatBytes } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import type { TarEntry } from "../../lib/tar/entry.ts";
import { writeTar } from "../../lib/tar/writer.ts";
import { REGISTRY_NEEDS, withRegistry } from "../end_to_end/docker_registry.ts";
import { checkImage } from "../end_to_end/image_checker.ts";
import { digestOf, type ImageStore, registryStore } from "../end_to_end/image_store.ts";
import { testWith } from "../end_to_end/program.ts";
import { openRegistry } from "../end_to_end/registry_http.ts";
import { withDirectory } from "../end_to_end/scratch.ts";
import { mergeLayers } from "../layer/sync/merged_image.ts";
import { stargz } from "../layer/table/tabled_layers.ts";
import { withPage } from "./chromium.ts";
import { installMiniflare, withWorker } from "./miniflare.ts";
import { buildEmptyPage, withHandler } from "./pages.ts";
import type { WebJob, WebOutcome } from "./web_job.ts";

/** Has a job done somewhere; images are named by their tags. */
type Run = (job: WebJob) => Promise<WebOutcome>;

/** No two pieces of it are alike. */
const NOISE = Array.from({ length: 40_000 }, (_, index) => `${index * index} `).join("");

const TREE = {
  "index.html": "<h1>Hello</h1>\n",
  "img/noise": NOISE,
  "img/old": "old",
};

function entriesOf(tree: Readonly<Record<string, string>>): TarEntry[] {
  const common = { mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
  const directories = ["srv/", "srv/app/", "srv/app/img/"];
  return [
    ...directories.map((path): TarEntry => ({ ...common, path, type: "directory" })),
    ...Object.entries(tree).map(([path, text]): TarEntry => {
      const content = new TextEncoder().encode(text);
      const fields = { path: `srv/app/${path}`, size: content.length, content };
      return { ...common, ...fields, type: "file", mode: 0o644 };
    }),
  ];
}

async function putImage(
  store: ImageStore,
  tag: string,
  { bytes, tar, annotations }: {
    readonly bytes: Bytes;
    readonly tar: Bytes;
    readonly annotations?: object;
  },
): Promise<void> {
  const config = new TextEncoder().encode(JSON.stringify({
    ...{ architecture: "amd64", os: "linux" },
    rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
  }));
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const describe = async (bytes: Bytes, kind: string): Promise<object> => {
    await store.putBlob(bytes);
    const mediaType = `application/vnd.oci.image.${kind}`;
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: await describe(config, "config.v1+json"),
    layers: [{ ...await describe(bytes, "layer.v1.tar+gzip"), annotations }],
  };
  const document = new TextEncoder().encode(JSON.stringify(manifest));
  await store.putManifest(tag, { bytes: document, mediaType });
}

/** What an image has at `/srv/app`, by path, as its layers say one after the other. */
async function treeOf(store: ImageStore, tag: string): Promise<Record<string, string>> {
  const [image] = (await checkImage(store, tag)).images;
  const tree = mergeLayers((image?.layers ?? []).map((layer) => new Uint8Array(layer)));
  return Object.fromEntries(
    [...tree].flatMap(([path, what]) => {
      const content = /^file 644 0:0 (.*)$/s.exec(what)?.[1];
      return content === undefined ? [] : [[path.replace(/^srv\/app\//, ""), content]];
    }),
  );
}

async function checkSyncs(run: Run, store: ImageStore): Promise<void> {
  const tar = await collectBytes(writeTar(entriesOf({ other: "deleted" })));
  await putImage(store, "base", { bytes: new Uint8Array(gzipSync(tar)), tar });
  const first = await run({ base: "base", target: "1", entries: TREE });
  assert.equal(first.error, undefined);
  assert.deepEqual(await treeOf(store, "1"), TREE);

  const changed = { ...TREE, "index.html": "<h1>Good bye</h1>\n" };
  const second = await run({ base: "1", target: "2", entries: changed });
  assert.deepEqual(second.difference, {
    added: [],
    changed: ["srv/app/index.html"],
    deleted: [],
  });
  const [size = Infinity] = second.sizes ?? [];
  assert.ok(size < 1_000, `${size} bytes of a layer`);
  assert.ok((second.uploaded ?? Infinity) < 5_000, `${second.uploaded} bytes sent`);
  assert.deepEqual(await treeOf(store, "2"), changed);

  const { "img/old": _, ...fewer } = changed;
  const third = await run({ base: "2", target: "3", entries: fewer });
  assert.deepEqual(third.difference, { added: [], changed: [], deleted: ["srv/app/img/old"] });
  const layers = (await checkImage(store, "3")).images[0]?.layers ?? [];
  const names = new TextDecoder("latin1").decode(layers.at(-1));
  assert.match(names, /srv\/app\/img\/\.wh\.old\0/);
  assert.deepEqual(await treeOf(store, "3"), fewer);

  const same = await run({ base: "3", target: "4", entries: fewer });
  assert.equal(same.unchanged, true, same.error);
  const [one, other] = await Promise.all(["3", "4"].map((tag) => store.getManifest(tag)));
  assert.deepEqual(other, one);
}

/** eStargz is a row of gzip members: with its table, which says what is in it, and without. */
async function checkMembers(run: Run, store: ImageStore): Promise<void> {
  const { bytes, tar, annotations } = await stargz(entriesOf(TREE));
  await putImage(store, "table", { bytes, tar, annotations });
  await putImage(store, "members", { bytes, tar });
  const entries = { ...TREE, "img/old": "new" };
  for (const [base, from] of [["table", "table"], ["members", "layer"]] as const) {
    const { error, difference, baseRead, sizes = [] } = await run({
      base,
      target: `${base}-2`,
      entries,
    });
    assert.equal(error, undefined);
    assert.deepEqual(difference, { added: [], changed: ["srv/app/img/old"], deleted: [] });
    assert.deepEqual(baseRead?.map((one) => one.from), [from]);
    const read = baseRead?.[0]?.bytes ?? 0;
    assert.ok(from === "layer" ? read === bytes.length : read <= 64 * 1024, `${read} bytes`);
    assert.ok(bytes.length > 100_000 && (sizes[0] ?? Infinity) < 1_000);
    assert.deepEqual(await treeOf(store, `${base}-2`), entries);
  }
  const archive = Buffer.from(bytes).toString("base64");
  const appended = await run({ base: "base", target: "appended", archive });
  assert.equal(appended.error, undefined);
  assert.deepEqual(await treeOf(store, "appended"), { ...TREE, other: "deleted" });
  // Whatever follows is no gzip: nobody takes the first member for all there is.
  for (const rest of [new Uint8Array(100), new TextEncoder().encode("more")]) {
    const { error } = await run({
      base: "base",
      target: "refused",
      archive: Buffer.from(concatBytes([bytes, rest])).toString("base64"),
    });
    assert.match(error ?? "", /its gzip data cannot be read: .*(?:Junk found|Trailing bytes) /);
  }
  await assert.rejects(store.getManifest("refused"), /404/);
}

testWith(
  [...REGISTRY_NEEDS.open, "npm"],
  "a Worker syncs entries, and reads layers of several gzip members",
  () =>
    withRegistry("open", (registry) =>
      withDirectory(async (directory) => {
        await installMiniflare(directory);
        const store = registryStore(await openRegistry(registry), "acme/site");
        const folder = fileURLToPath(new URL("./", import.meta.url));
        const options = { program: "job_worker.ts", folder, bindings: {} };
        await withWorker(directory, options, async ({ url }) => {
          const run: Run = async ({ base, target, ...job }) => {
            const image = `${registry.host}/acme/site`;
            const body = JSON.stringify({
              ...job,
              ...{ base: `${image}:${base}`, target: `${image}:${target}` },
            });
            return await (await fetch(url, { method: "POST", body })).json();
          };
          await checkSyncs(run, store);
          await checkMembers(run, store);
        });
      })),
);

testWith(
  [...REGISTRY_NEEDS.open, "chromium", "npx"],
  "a page in a browser syncs entries, and reads layers of several gzip members",
  () =>
    withRegistry("open", (registry) =>
      withDirectory(async (directory) => {
        const store = registryStore(await openRegistry(registry), "acme/site");
        await withHandler(await buildEmptyPage("job_page.ts", directory), (page) =>
          withHandler(createCorsProxy(registry.url, `http://${page}`), (proxy) =>
            withPage(`http://${page}/index.html`, async (evaluate) => {
              const run: Run = async ({ base, target, ...job }) => {
                const image = `${proxy}/acme/site`;
                const named = { ...job, base: `${image}:${base}`, target: `${image}:${target}` };
                return await evaluate(`runJob(${JSON.stringify(named)})`) as WebOutcome;
              };
              await checkSyncs(run, store);
              await checkMembers(run, store);
            })));
      })),
);
