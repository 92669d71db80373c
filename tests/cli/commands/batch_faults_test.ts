import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import type { Bytes } from "../../../lib/base/bytes.ts";
import type { Fetch } from "../../../lib/base/fetch.ts";
import { main } from "../../../lib/cli/program.ts";
import {
  createFakeRegistry,
  createNetwork,
  type FakeRegistry,
} from "../../fake_registry/fake_registry.ts";
import { readImage, seedImage, sha256, tarOf } from "../../image/fake_images.ts";
import { chooseSeed, createRandom } from "../../random.ts";
import { createFakeIo, type FakeIo } from "../fake_io.ts";

/** Rounds; each has faults of its own. */
const ROUNDS = Number(process.env["APPENDLAYER_BATCH_ROUNDS"] ?? 8);
const HOSTS = ["one.test", "two.test", "three.test"];
const REPOSITORIES = 4;
const IMAGES = 3;
const LAYER = tarOf("ca.pem", "a certificate");

interface Image {
  readonly registry: FakeRegistry;
  readonly name: string;
  readonly base: string;
  readonly target: string;
  readonly line: string;
}

interface Entry {
  readonly target: string;
  readonly status: string;
}

async function seedAll(random: () => number): Promise<Image[]> {
  const images: Image[] = [];
  for (const host of HOSTS) {
    const registry = createFakeRegistry({ host });
    for (let at = 0; at < REPOSITORIES; at++) {
      for (let tag = 0; tag < IMAGES; tag++) {
        const name = `team/${at}`;
        await seedImage(registry.store, name, String(tag), { layerCount: 1 + tag });
        const base = `${host}/${name}:${tag}`;
        // Some stay where they are, others get a tag, or a repository of their own.
        const kind = random();
        const target = kind < 0.4 ? base : kind < 0.7 ? `${base}-ca` : `${host}/other/${at}:${tag}`;
        images.push({ registry, name, base, target, line: `${base} ${target}` });
      }
    }
  }
  return images;
}

/** What goes wrong in one run, and nothing in the last. */
function chooseFaults(
  random: () => number,
  fetch: Fetch,
  isLast: boolean,
): { readonly fetch: Fetch; readonly watch: (io: FakeIo) => void; readonly breaksFile: boolean } {
  const kind = isLast
    ? "none"
    : ["kill", "dead", "429", "line"][Math.floor(random() * 4)] ?? "none";
  const host = HOSTS[Math.floor(random() * HOSTS.length)] ?? "";
  const at = Math.floor(random() * 150);
  const isLate = random() < 0.5;
  const write = Math.floor(random() * HOSTS.length * REPOSITORIES * IMAGES);
  let io: FakeIo | undefined;
  let requests = 0;
  let writes = 0;
  const broken: Fetch = async (url, init) => {
    const count = ++requests;
    const isHost = new URL(url).host === host;
    // Once a tag was written, and before anybody could say so; or at any moment.
    if (kind === "kill" && isLate && init.method === "PUT" && url.includes("/manifests/")) {
      const response = await fetch(url, init);
      if (writes++ === write) io?.stop("SIGTERM");
      return response;
    }
    if (kind === "kill" && !isLate && count === at) io?.stop("SIGINT");
    if (kind === "dead" && isHost && count > at) {
      throw new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") });
    }
    // A registry that is asked too much, for a while.
    if (kind === "429" && isHost && count > at && count < at + 12) {
      return new Response("{}", { status: 429, headers: { "retry-after": "0" } });
    }
    return await fetch(url, init);
  };
  return { fetch: broken, watch: (given) => io = given, breaksFile: kind === "line" };
}

const entriesOf = (report: Bytes | string | undefined): Entry[] =>
  String(report ?? "").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));

/** The tag writes of a target so far. */
const writesOf = ({ registry, target }: Image): number => {
  const [, repository, tag] = /^[^/]+\/(.+):(.+)$/.exec(target) ?? [];
  return registry.requests.filter(({ method, path, status }) =>
    method === "PUT" && path === `/v2/${repository}/manifests/${tag}` && status === 201
  ).length;
};

async function goThrough(seed: number): Promise<void> {
  const random = createRandom(seed).next;
  const images = await seedAll(random);
  const network = createNetwork(...new Set(images.map(({ registry }) => registry)));
  const lines = images.map(({ line }) => `${line}\n`).join("");
  const files: Record<string, Bytes | string> = { "layer.tar": LAYER, report: "" };
  const runs = 2 + Math.floor(random() * 3);
  for (let run = 0; run < runs; run++) {
    const isLast = run === runs - 1;
    const { fetch, watch, breaksFile } = chooseFaults(random, network, isLast);
    files["file"] = breaksFile ? `${lines}incomplete\n` : lines;
    const done = new Set(
      entriesOf(files["report"]).flatMap(({ target, status }) =>
        status === "failed" ? [] : [target]
      ),
    );
    const before = new Map(images.map((image) => [image.target, writesOf(image)]));
    const io = createFakeIo({ fetch, files });
    watch(io);
    const jobs = String(1 + Math.floor(random() * 12));
    const args = ["--layer", "layer.tar", "--report", "report", "--resume", "report"];
    const code = await main(
      ["batch", "file", ...args, "--jobs", jobs, "--retry-for", "200ms", "--quiet"],
      io,
    );
    assert.ok(!isLast || code === 0, `${code}: ${io.errors()}`);
    if (breaksFile) assert.equal(code, 2);
    for (const image of images) {
      if (!done.has(image.target)) continue;
      assert.equal(writesOf(image), before.get(image.target), `${image.target} was done again`);
    }
  }
  for (const { registry: { store, host }, target } of images) {
    const [repository = "", tag = ""] = target.slice(host.length + 1).split(":");
    const { layers, config } = readImage(store, repository, tag);
    const diffIds: string[] = config.rootfs.diff_ids;
    assert.deepEqual(layers.at(-1), LAYER);
    assert.equal(diffIds.filter((diffId) => diffId === sha256(LAYER)).length, 1, target);
  }
}

test("batch leaves every image right after faults and --resume, and does nothing twice that is done", async () => {
  const first = chooseSeed();
  const seeds = Array.from({ length: ROUNDS }, (_, round) => first + round);
  // Side by side: they wait more than they work.
  for (let at = 0; at < seeds.length; at += 25) {
    await Promise.all(
      seeds.slice(at, at + 25).map(async (seed) => {
        try {
          await goThrough(seed);
        } catch (cause) {
          throw new Error(`with APPENDLAYER_SEED=${seed}`, { cause });
        }
      }),
    );
  }
});
