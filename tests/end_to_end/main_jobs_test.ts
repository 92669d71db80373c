/** The main jobs on registries that other people wrote, and through proxies before them. */

import assert from "node:assert/strict";
import process from "node:process";
import { appendlayer } from "./appendlayer.ts";
import { putBase, putIndex, tarOfFiles } from "./base_image.ts";
import { checkImage, listLayer } from "./image_checker.ts";
import { digestOf, registryStore } from "./image_store.ts";
import { testWith } from "./program.ts";
import { putSignature } from "./put_signature.ts";
import { LIMITED, type Place, PROXIES, REGISTRIES } from "./registries.ts";
import { openRegistry, type RegistryRequest } from "./registry_http.ts";

/** A registry with an image `acme/app:base` and an index of three platforms, `acme/app:index`. */
interface Shop {
  readonly place: Place;
  readonly request: RegistryRequest;
  /** `HOST/acme`. */
  readonly home: string;
}

async function run({ place }: Shop, args: readonly string[], input?: Uint8Array): Promise<string> {
  const { code, stdout, stderr } = await appendlayer(
    [...args, ...(place.ca === undefined ? [] : ["--ca", place.ca])],
    input === undefined ? {} : { input },
  );
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

async function open(place: Place): Promise<Shop> {
  const request = await openRegistry(place.direct ?? place);
  const store = registryStore(request, "acme/app");
  await putBase(store, "oci", "base");
  await putIndex(store, "oci", "index", ["amd64", "arm64", "riscv64"]);
  return { place, request, home: `${place.host}/acme` };
}

/** Appends a layer of some size to another repository, where the base's blobs have to be mounted. */
async function append(shop: Shop, size: number): Promise<void> {
  const { request, home } = shop;
  const noise = crypto.getRandomValues(new Uint8Array(65_536));
  const block = Buffer.from(noise).toString("latin1");
  const tar = await tarOfFiles({ "file": block.repeat(Math.ceil(size / block.length)) });
  const target = `${home}/other:${size}`;
  // Random bytes that repeat would pack well: as they are, they are as large on their way.
  await run(shop, [`${home}/app:base`, target, "--compression=none"], tar);
  const { images: [image] } = await checkImage(registryStore(request, "acme/other"), `${size}`);
  assert.deepEqual([...listLayer(image?.layers.at(-1) ?? tar).keys()], ["file"]);
}

async function copyIndex(shop: Shop): Promise<void> {
  await run(shop, ["copy", `${shop.home}/app:index`, `${shop.home}/copy:index`]);
  const { index } = await checkImage(registryStore(shop.request, "acme/copy"), "index");
  assert.equal(index.manifests.length, 6);
}

async function listTags(shop: Shop): Promise<void> {
  const tags = ["a", "b", "c", "d", "e"];
  await run(shop, ["tag", `${shop.home}/app:base`, ...tags]);
  const listed = (await run(shop, ["tags", `${shop.home}/app`])).trim().split("\n");
  assert.deepEqual(listed.sort(), [...tags, "base", "index"].sort());
}

async function copySigned(shop: Shop): Promise<void> {
  const store = registryStore(shop.request, "acme/app");
  await putSignature(store, "base");
  // Where the registry lists no referrers by itself, this makes the list.
  await run(shop, ["copy", `${shop.home}/app:signature`, `${shop.home}/app:signed`]);
  await run(shop, ["copy", `${shop.home}/app:base`, `${shop.home}/signed:1`, "--referrers"]);
  const target = registryStore(shop.request, "acme/signed");
  const image = digestOf((await target.getManifest("1")).bytes);
  const list = await target.getManifest(image.replace(":", "-"))
    .then(({ bytes }) => new TextDecoder().decode(bytes))
    .catch(async () => (await shop.request(`acme/signed/referrers/${image}`)).text());
  const [signature] = JSON.parse(list).manifests;
  assert.equal(signature?.artifactType, "application/vnd.acme.signature", list);
  await target.getManifest(signature.digest);
}

const JOBS: Readonly<Record<string, (shop: Shop) => Promise<void>>> = {
  "append a small layer": (shop) => append(shop, 1_000),
  "append a layer that streams": (shop) => append(shop, 12_000_000),
  "copy an index to another repository": copyIndex,
  "list all tags": listTags,
  "copy an image with its signature": copySigned,
};

/** Does all jobs, one after the other. */
async function doJobs(shop: Shop): Promise<void> {
  for (const [name, job] of Object.entries(JOBS)) {
    await job(shop).catch((error) => {
      throw new Error(`Cannot ${name}`, { cause: error });
    });
  }
}

for (const { name, programs, withPlace, deletes } of REGISTRIES) {
  testWith(programs, `the main jobs pass on ${name}`, () =>
    withPlace(async (place) => {
      const shop = await open(place);
      await doJobs(shop);
      const image = `${shop.home}/other:1000`;
      const { code, stderr } = await appendlayer(["delete", image, "--yes"]);
      assert.equal(code, deletes ? 0 : 1, stderr);
      const left = await run(shop, ["tags", `${shop.home}/other`]);
      assert.equal(left.split("\n").includes("1000"), !deletes, left);
    }));
}

/** One run of five in the short way, as each waits ten seconds. */
const COPIES = process.env["APPENDLAYER_LONG"] === "1" ? 5 : 1;

testWith(
  LIMITED.programs,
  `an index of three platforms is copied through ${LIMITED.name}`,
  () =>
    LIMITED.withPlace(async (place) => {
      const shop = await open(place);
      for (let count = 1; count <= COPIES; count++) {
        await run(shop, ["copy", `${shop.home}/app:index`, `${shop.home}/copy${count}:1`]);
        await checkImage(registryStore(shop.request, `acme/copy${count}`), "1");
      }
    }),
);

for (const { name, programs, withPlace } of PROXIES) {
  testWith(
    programs,
    `the main jobs pass through ${name}`,
    () => withPlace(async (place) => doJobs(await open(place))),
  );
}
