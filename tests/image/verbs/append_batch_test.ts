import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { Fetch } from "../../../lib/base/fetch.ts";
import {
  appendBatch,
  type BatchOptions,
  type BatchResult,
} from "../../../lib/image/verbs/append_batch.ts";
import type { BatchJob } from "../../../lib/image/verbs/batch_job.ts";
import { createFakeRegistry, createNetwork } from "../../fake_registry/fake_registry.ts";
import { readImage, seedImage, seedIndex, sha256, tarOf } from "../fake_images.ts";

const TAR = tarOf("etc/ca.pem", "a certificate");

const options = (fetch: Fetch, rest: Partial<BatchOptions> = {}): BatchOptions => ({
  layers: [TAR],
  host: {},
  fetch,
  ...rest,
});

async function runBatch<Job extends BatchJob>(
  jobs: Iterable<Job> | AsyncIterable<Job>,
  batch: BatchOptions,
): Promise<BatchResult<Job>[]> {
  const results: BatchResult<Job>[] = [];
  for await (const result of appendBatch(jobs, batch)) results.push(result);
  return results;
}

/** Jobs that append to the image `1` of repositories. */
const jobsFor = (host: string, names: readonly string[]): BatchJob[] =>
  names.map((name) => ({ base: `${host}/${name}:1`, target: `${host}/${name}:2` }));

const statuses = (results: readonly BatchResult[]): string[] =>
  results.map(({ status }) => status).sort();

const failureOf = (result: BatchResult | undefined): string =>
  result?.status === "failed" ? String(result.error) : `no failure: ${result?.status}`;

test("appendBatch() has garbage collected now and then, where a host can", async () => {
  const registry = createFakeRegistry();
  const names = Array.from({ length: 40 }, (_, index) => `a/${index}`);
  for (const name of names) await seedImage(registry.store, name, "1");
  let collected = 0;
  const host = { collectGarbage: (): void => void collected++ };
  await runBatch(jobsFor(registry.host, names), options(registry.fetch, { host }));
  assert.equal(collected, 2);
});

test("appendBatch() sends a layer once to each registry and mounts it into the other repositories", async () => {
  const one = createFakeRegistry({ host: "one.test" });
  const other = createFakeRegistry({ host: "other.test" });
  const names = ["a/a", "a/b", "b/a", "b/b"];
  for (const { store } of [one, other]) for (const name of names) await seedImage(store, name, "1");
  const tar = tarOf("noise", randomBytes(100_000).toString("base64"));
  let reads = 0;
  async function* layer(): AsyncIterable<Uint8Array> {
    reads++;
    yield tar;
  }
  const results = await runBatch(
    [...jobsFor("one.test", names), ...jobsFor("other.test", names)],
    options(createNetwork(one, other), { layers: [layer] }),
  );
  assert.deepEqual(statuses(results), Array(8).fill("done"));
  assert.equal(reads, 1);
  for (const { store, requests } of [one, other]) {
    for (const name of names) {
      const { layers, config } = readImage(store, name, "2");
      assert.deepEqual(layers.at(-1), tar);
      assert.equal(config.rootfs.diff_ids.at(-1), sha256(tar));
    }
    const [digest = ""] = readImage(store, "a/a", "2").manifest.layers.slice(-1)
      .map((descriptor: { digest: string }) => descriptor.digest);
    const of = (method: string, path: RegExp): number =>
      requests.filter((it) =>
        it.method === method && path.test(it.path) &&
        decodeURIComponent(it.path).includes(digest)
      ).length;
    assert.equal(of("PUT", /uploads/) + of("PATCH", /uploads/), 1);
    assert.equal(of("POST", /mount=/), 3);
  }
});

test("appendBatch() leaves alone what ends with the layers, also where base and target are the same", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  await seedImage(store, "acme/app", "1");
  const tag = "registry.test/acme/app:1";
  const jobs = [{ base: tag, target: tag }];
  const [first] = await runBatch(jobs, options(fetch));
  assert.equal(first?.status, "done");
  const made = store.repository("acme/app").tags.get("1");
  const before = requests.length;
  const [second] = await runBatch(jobs, options(fetch));
  assert.equal(second?.status, "unchanged");
  assert.equal(store.repository("acme/app").tags.get("1"), made);
  const again = requests.slice(before).map(({ method }) => method);
  assert.deepEqual(again, ["GET", "GET"], "nothing is written, and the layer not asked for");
});

test("appendBatch() gives a target what ends with the layers already", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1");
  const [first, second, third] = ["1", "2", "3"].map((it) => `registry.test/acme/app:${it}`);
  await runBatch([{ base: first ?? "", target: second ?? "" }], options(fetch));
  const [result] = await runBatch([{ base: second ?? "", target: third ?? "" }], options(fetch));
  assert.equal(result?.status, "unchanged");
  const { tags } = store.repository("acme/app");
  assert.equal(tags.get("3"), tags.get("2"));
});

test("appendBatch() edits what ends with the layers, and does not add them again", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1");
  const tag = "registry.test/acme/app:1";
  await runBatch([{ base: tag, target: tag }], options(fetch));
  const edited = { base: tag, target: tag, options: { env: { MODE: "new" } } };
  const [result] = await runBatch([edited], options(fetch));
  assert.equal(result?.status, "done");
  const { layers, config } = readImage(store, "acme/app", "1");
  assert.equal(layers.length, 3);
  assert.ok(config.config.Env.includes("MODE=new"));
  const [again] = await runBatch([edited], options(fetch));
  assert.equal(again?.status, "unchanged");
});

test("appendBatch() changes those images of an index that have not got the layers", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedIndex(store, "acme/app", "1", [
    { os: "linux", architecture: "amd64" },
    { os: "linux", architecture: "arm64" },
  ]);
  const tag = "registry.test/acme/app:1";
  const only = { base: tag, target: tag };
  assert.deepEqual(statuses(await runBatch([only], options(fetch))), ["done"]);
  assert.deepEqual(statuses(await runBatch([only], options(fetch))), ["unchanged"]);
});

test("appendBatch() gives an image its own options on top of those of all", async () => {
  const { store, fetch } = createFakeRegistry();
  for (const name of ["a/a", "a/b"]) await seedImage(store, name, "1");
  const [plain, own] = jobsFor("registry.test", ["a/a", "a/b"]);
  await runBatch(
    [plain, {
      ...own,
      options: {
        env: { B: "own", C: "own" },
        cmd: ["own"],
        labels: { l: "own" },
        tags: ["own"],
        annotations: { a: "own" },
      },
    }] as BatchJob[],
    options(fetch, { env: { A: "all", B: "all" }, cmd: ["all"], tags: ["all"] }),
  );
  const [first, second] = ["a/a", "a/b"].map((name) => readImage(store, name, "2"));
  const env = (config: { config: { Env: string[] } }): string[] =>
    config.config.Env.filter((it) => /^[ABC]=/.test(it));
  assert.deepEqual(env(first?.config), ["A=all", "B=all"]);
  assert.deepEqual(env(second?.config), ["A=all", "B=own", "C=own"]);
  assert.deepEqual(first?.config.config.Cmd, ["all"]);
  assert.deepEqual(second?.config.config.Cmd, ["own"]);
  assert.equal(second?.config.config.Labels.l, "own");
  assert.equal(second?.manifest.annotations.a, "own");
  assert.deepEqual([...store.repository("a/a").tags.keys()].sort(), ["1", "2", "all"]);
  assert.deepEqual([...store.repository("a/b").tags.keys()].sort(), ["1", "2", "own"]);
});

test("appendBatch() fails the images that fail, and no other", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "a/a", "1");
  const jobs: unknown[] = [
    ...jobsFor("registry.test", ["a/missing", "a/a"]),
    { base: "registry.test/a/a:1" },
    { base: "UPPER CASE", target: "registry.test/a/a:3" },
    { base: "registry.test/a/a:1", target: "registry.test/a/a:3", options: { platform: "x" } },
    { base: "registry.test/a/a:1", target: "docker-daemon:a:3" },
    7,
  ];
  const results = await runBatch(jobs as BatchJob[], options(fetch));
  assert.deepEqual(statuses(results), ["done", ...Array(6).fill("failed")]);
  const failures = jobs.map((job) => failureOf(results.find((result) => result.job === job)));
  assert.match(failures[0] ?? "", /Cannot read manifest "1" of "registry\.test\/a\/missing"/);
  assert.match(failures[2] ?? "", /expected a text as target/);
  assert.match(failures[3] ?? "", /UPPER CASE/);
  assert.match(failures[4] ?? "", /no option of an image "platform"/);
  assert.match(failures[5] ?? "", /docker-daemon/);
  assert.match(failures[6] ?? "", /expected an object/);
});

test("appendBatch() sends the layer for the next image where that is refused for the first", async () => {
  const registry = createFakeRegistry({
    faults: [
      {
        method: "POST",
        path: /a\/a\/blobs\/uploads/,
        times: 1e6,
        action: { kind: "status", status: 403 },
      },
      // The first one of these, and not that for its neighbour.
      {
        method: "POST",
        path: /a\/b\/blobs\/uploads\/\?mount/,
        action: { kind: "status", status: 403 },
      },
    ],
  });
  for (const name of ["a/a", "a/b", "a/c"]) await seedImage(registry.store, name, "1");
  const [first, ...others] = jobsFor("registry.test", ["a/a", "a/b", "a/c"]);
  const tags = ["3", "4"].map((tag) => ({
    base: "registry.test/a/b:1",
    target: `registry.test/a/b:${tag}`,
  }));
  const jobs = [first, ...others, ...tags] as BatchJob[];
  const results = await runBatch(jobs, options(registry.fetch));
  assert.deepEqual(statuses(results), ["done", "done", "done", "done", "failed"]);
  assert.match(failureOf(results.find(({ job }) => job === first)), /a\/a.*403/);
  for (const tag of ["2", "3", "4"]) readImage(registry.store, "a/b", tag);
});

test("appendBatch() ends as a whole where the layer is none", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "a/a", "1");
  const jobs = jobsFor("registry.test", ["a/a"]);
  const layers = [new TextEncoder().encode("no archive")];
  await assert.rejects(runBatch(jobs, options(fetch, { layers })), { name: "LayerError" });
  assert.deepEqual([...store.repository("a/a").tags.keys()], ["1"]);
});

test("appendBatch() reads no job that there is no room for, and ends with its reader", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "a/a", "1");
  let read = 0;
  let isEnded = false;
  function* jobs(): Iterable<BatchJob> {
    try {
      for (;; read++) {
        yield { base: "registry.test/a/a:1", target: `registry.test/a/a:made-${read}` };
      }
    } finally {
      isEnded = true;
    }
  }
  for await (const { status } of appendBatch(jobs(), options(fetch, { jobs: 2 }))) {
    assert.equal(status, "done");
    if (read > 256) break;
  }
  assert.ok(read < 300, `read ${read}`);
  assert.ok(isEnded);
});

test("appendBatch() ends with its signal, though the next job never comes", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "a/a", "1");
  const controller = new AbortController();
  async function* jobs(): AsyncIterable<BatchJob> {
    yield { base: "registry.test/a/a:1", target: "registry.test/a/a:2" };
    await new Promise(() => {});
  }
  const results: string[] = [];
  const work = (async (): Promise<void> => {
    for await (
      const { status } of appendBatch(jobs(), options(fetch, { signal: controller.signal }))
    ) {
      results.push(status);
      controller.abort(new Error("enough"));
    }
  })();
  await assert.rejects(work, /enough/);
  assert.deepEqual(results, ["done"]);
});

test("appendBatch() slows down for the registry that says 429, and not for the others", async () => {
  const slow = createFakeRegistry({ host: "slow.test", profile: { rateLimited: 1_000 } });
  const fast = createFakeRegistry({ host: "fast.test" });
  const names = Array.from({ length: 40 }, (_, index) => `a/r${index}`);
  for (const name of names) {
    await seedImage(slow.store, name, "1");
    await seedImage(fast.store, name, "1");
  }
  const controller = new AbortController();
  const done: string[] = [];
  const batch = options(createNetwork(slow, fast), {
    jobs: 8,
    jobsPerRegistry: 4,
    // However busy this machine is, the slow ones do not fail before the others are done.
    retryFor: 600_000,
    signal: controller.signal,
  });
  const work = (async (): Promise<void> => {
    const jobs = [...jobsFor("slow.test", names), ...jobsFor("fast.test", names)];
    for await (const { status, job } of appendBatch(jobs, batch)) {
      assert.equal(status, "done");
      done.push(job.base);
      if (done.length === names.length) controller.abort(new Error("enough"));
    }
  })();
  await assert.rejects(work, /enough/);
  assert.ok(done.every((base) => base.startsWith("fast.test")), done.join(" "));
});

test("appendBatch() makes no more images at a time than it may", async () => {
  const { store, fetch } = createFakeRegistry();
  const names = Array.from({ length: 12 }, (_, index) => `a/r${index}`);
  for (const name of names) await seedImage(store, name, "1");
  let most = 0;
  const begun = new Set<string>();
  const counting: Fetch = async (url, init) => {
    const [, name = ""] = /v2\/(a\/r\d+)\//.exec(url) ?? [];
    begun.add(name);
    most = Math.max(most, begun.size);
    const response = await fetch(url, init);
    if (init.method === "PUT" && url.includes("/manifests/")) begun.delete(name);
    return response;
  };
  for (const [limits, expected] of [[{ jobs: 3 }, 3], [{ jobsPerRegistry: 2 }, 2]] as const) {
    most = 0;
    await runBatch(jobsFor("registry.test", names), options(counting, limits));
    assert.equal(most, expected);
  }
});

test("appendBatch() tells what a run would send, and sends nothing", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  const names = ["a/a", "a/b", "a/c"];
  for (const name of names) await seedImage(store, name, "1");
  const jobs = jobsFor("registry.test", names);
  const created = new Date(0);
  const planned = await runBatch(jobs, options(fetch, { dryRun: true, created }));
  assert.ok(requests.every(({ method }) => method === "GET" || method === "HEAD"));
  const before = requests.length;
  const made = await runBatch(jobs, options(fetch, { created }));
  const last = (results: BatchResult[]): { requests: number; bytesUploaded: number } => {
    const result = results.at(-1);
    assert.ok(result !== undefined && result.status !== "failed");
    return result.image.transfer;
  };
  assert.equal(last(planned).bytesUploaded, last(made).bytesUploaded);
  assert.equal(last(made).requests, requests.length - before);
  assert.equal(last(planned).requests, last(made).requests);
});

test("appendBatch() asks bases where it is told to, and sends equal layers once", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  const names = ["a/a", "a/b", "a/c"];
  const directory = (mode: string): Uint8Array<ArrayBuffer> => {
    const tar = tarOf("opt/old", "x");
    return tar.map((byte, index) => index === 104 ? mode.charCodeAt(0) : byte);
  };
  for (const name of names) {
    await seedImage(store, name, "1", { tars: [directory("6")] });
  }
  const results = await runBatch(
    jobsFor("registry.test", names),
    options(fetch, { readBase: "all" }),
  );
  assert.deepEqual(statuses(results), ["done", "done", "done"]);
  const layers = names.map((name) => readImage(store, name, "2").manifest.layers.at(-1).digest);
  assert.equal(new Set(layers).size, 1);
  const puts = requests.filter(({ method, path }) =>
    method === "PUT" && decodeURIComponent(path).endsWith(layers[0])
  );
  assert.equal(puts.length, 1);
});

test("appendBatch() refuses to ask bases about a layer that can be read only once", async () => {
  const { fetch } = createFakeRegistry();
  async function* once(): AsyncIterable<Uint8Array> {
    yield TAR;
  }
  const jobs = jobsFor("registry.test", ["a/a"]);
  const batch = options(fetch, { layers: [once()], readBase: "auto" });
  await assert.rejects(runBatch(jobs, batch), /can be read only once; give it as a file/);
});

test("appendBatch() takes layers of a registry, and not a second time", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "agent/app", "1", { tars: [tarOf("agent", "an agent")] });
  const [{ digest }] = readImage(store, "agent/app", "1").manifest.layers;
  for (const name of ["a/a", "a/b"]) await seedImage(store, name, "1");
  const jobs = jobsFor("registry.test", ["a/a", "a/b"]).map(({ base }) => ({ base, target: base }));
  const layersFrom = [`registry.test/agent/app@${digest}`];
  for (const status of ["done", "unchanged"]) {
    const results = await runBatch(jobs, options(fetch, { layersFrom, layers: [TAR] }));
    assert.deepEqual(statuses(results), [status, status], results.map(failureOf).join(" "));
  }
});

test("appendBatch() gives each platform its own files", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  const platforms = ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture }));
  for (const name of ["a/a", "a/b"]) await seedIndex(store, name, "1", platforms);
  const layer = {
    forPlatform: ({ architecture }: { readonly architecture: string }): Uint8Array<ArrayBuffer> =>
      tarOf("bin/tool", `for ${architecture}`),
  };
  const jobs = jobsFor("registry.test", ["a/a", "a/b"]);
  for (const status of ["done", "unchanged"]) {
    const results = await runBatch(
      jobs.map(({ base, target }) => status === "done" ? { base, target: base } : { base, target }),
      options(fetch, { layers: [layer] }),
    );
    assert.deepEqual(statuses(results), [status, status]);
  }
  const mounts = requests.filter(({ path }) => path.includes("mount="));
  assert.equal(mounts.length, 2, "one for each of two layers");
});

test("appendBatch() names what it cannot be called with", async () => {
  const jobs: BatchJob[] = [];
  const { fetch } = createFakeRegistry();
  await assert.rejects(runBatch(jobs, options(fetch, { layers: [] })), /there is no layer/);
  await assert.rejects(runBatch(jobs, options(fetch, { jobs: 0 })), RangeError);
  const wrong = { ...options(fetch), job: 1 };
  await assert.rejects(runBatch(jobs, wrong), /"job": there is no such option/);
});

test("appendBatch() tells a warning once, and counts it for each image with strict", async () => {
  const names = ["a/a", "a/b"];
  const { store, fetch } = createFakeRegistry();
  for (const name of names) {
    await seedImage(store, name, "1", { config: { config: { Healthcheck: { Test: ["NONE"] } } } });
  }
  const told: string[] = [];
  const batch = options(fetch, { onWarning: (_message, { code }) => void told.push(code) });
  const results = await runBatch(jobsFor("registry.test", names), batch);
  assert.deepEqual(told, ["health-check"]);
  const codes = results.map((result) =>
    result.status === "failed" ? [] : result.image.warningDetails.map(({ code }) => code)
  );
  assert.deepEqual(codes, [["health-check"], ["health-check"]]);
  const strict = jobsFor("registry.test", names).map(({ base, target }) => ({
    base,
    target: `${target}-strict`,
  }));
  const refused = await runBatch(strict, options(fetch, { strict: true }));
  assert.deepEqual(statuses(refused), ["failed", "failed"]);
  const allowed = await runBatch(strict, options(fetch, { strict: true, allow: ["health-check"] }));
  assert.deepEqual(statuses(allowed), ["done", "done"]);
});
