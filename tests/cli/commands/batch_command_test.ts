import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { main } from "../../../lib/cli/program.ts";
import { createFakeRegistry, type FakeRegistry } from "../../fake_registry/fake_registry.ts";
import { readImage, seedImage, tarOf } from "../../image/fake_images.ts";
import { createFakeIo, type FakeIoOptions } from "../fake_io.ts";

const HOST = "registry.test";
const LAYER = ["--layer", "layer.tar"];

type Files = Record<string, Bytes | string>;

async function run(
  { fetch }: FakeRegistry,
  files: Files,
  args: readonly string[],
  options: FakeIoOptions = {},
): Promise<{ code: number; lines: Record<string, unknown>[]; output: string; errors: string }> {
  files["layer.tar"] = tarOf("ca.pem", "a certificate");
  const io = createFakeIo({ fetch, files, ...options });
  const code = await main(["batch", ...args], io);
  const output = io.output();
  const lines = output.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  return { code, lines, output, errors: io.errors() };
}

async function seeded(names: readonly string[]): Promise<FakeRegistry> {
  const registry = createFakeRegistry();
  for (const name of names) await seedImage(registry.store, name, "1");
  return registry;
}

const columns = (names: readonly string[]): string =>
  names.map((name) => `${HOST}/${name}:1 ${HOST}/${name}:2\n`).join("");

test("batch makes the images of a file, reports each, and sums up", async () => {
  const registry = await seeded(["a/a", "a/b"]);
  const json = {
    base: `${HOST}/a/b:1`,
    target: `${HOST}/a/b:2`,
    options: { labels: { own: "1" }, tags: ["latest"] },
  };
  const file = `# BASE TARGET\n\n${columns(["a/a"])}  ${JSON.stringify(json)}`;
  const { code, lines, errors } = await run(registry, { file }, [
    "file",
    ...LAYER,
    "--label=all=1",
  ]);
  assert.equal(code, 0, errors);
  lines.sort((one, other) => Number(one["line"]) - Number(other["line"]));
  const digestOf = (name: string): string | undefined =>
    registry.store.repository(name).tags.get("2");
  assert.deepEqual(lines, [
    {
      line: 3,
      base: `${HOST}/a/a:1`,
      target: `${HOST}/a/a:2`,
      status: "done",
      digest: digestOf("a/a"),
      tags: ["2"],
    },
    { line: 4, ...json, status: "done", digest: digestOf("a/b"), tags: ["2", "latest"] },
  ]);
  const { config } = readImage(registry.store, "a/b", "2");
  assert.deepEqual(config.config.Labels, { all: "1", own: "1" });
  assert.match(
    errors,
    /^appendlayer: 2 done, 0 unchanged, 0 failed, 0 s; \d+ requests, .* sent, 1 blobs mounted\n$/,
  );
});

test("batch refuses a further tag for several images of one repository", async () => {
  const registry = await seeded(["a/a"]);
  const file = `${HOST}/a/a:1 ${HOST}/a/a:2\n${HOST}/a/a:1 ${HOST}/a/a:3\n`;
  const { code, errors } = await run(registry, { file }, ["file", ...LAYER, "--tag=latest"]);
  assert.equal(code, 2);
  assert.match(errors, /line 2 of "file": line 1 writes "registry\.test\/a\/a:latest", too/);
});

test("batch writes no report over the file of images", async () => {
  const registry = await seeded(["a/a"]);
  const text = columns(["a/a"]);
  const files: Files = { file: text };
  const { code, errors } = await run(registry, files, ["file", ...LAYER, "--report=file"]);
  assert.equal(code, 1, errors);
  assert.match(errors, /Cannot write "file": there is something in it already\n--resume FILE/);
  assert.equal(files["file"], text);
  assert.equal(registry.store.repository("a/a").tags.get("2"), undefined);
});

test("batch reads lines from standard input, which is then no layer", async () => {
  const registry = await seeded(["a/a"]);
  const input = new TextEncoder().encode(columns(["a/a"]));
  const good = await run(registry, {}, ["-", ...LAYER], { input });
  assert.deepEqual([good.code, good.lines.length], [0, 1], good.errors);
  const both = await run(registry, {}, ["-"], { input });
  assert.equal(both.code, 2);
  assert.match(both.errors, /Cannot read both FILE and a layer from standard input/);
  const absolute = await run(registry, { "/file": columns(["a/a"]) }, ["/file", "--add", "none"]);
  assert.match(absolute.errors, /1 failed|none/);
  assert.doesNotMatch(absolute.errors, /SRC and DEST are one word/);
  const piped = await run(registry, { file: columns(["a/a"]) }, ["file"], {
    input: tarOf("b", "b"),
  });
  assert.deepEqual([piped.code, piped.lines.length], [0, 1], piped.errors);
});

test("batch refuses a file with a line that cannot be used, before it asks for anything", async () => {
  const registry = await seeded(["a/a"]);
  const base = `${HOST}/a/a:1`;
  const object = (fields: object): string => JSON.stringify({ base, target: "x", ...fields });
  const wrong: readonly [text: string, message: RegExp][] = [
    [base, /expected BASE and TARGET/],
    [`${base} x y`, /expected BASE and TARGET/],
    ["{", /line 2 of "file"/],
    [object({ target: undefined }), /expected a text as target/],
    [object({ extra: 1 }), /there is no field "extra", but base, target, options/],
    [
      object({ options: { platform: ["linux/amd64"] } }),
      /there is no option of an image "platform"/,
    ],
    [object({ options: { env: { A: 1 } } }), /Cannot set "A" of env/],
    [object({ options: { cmd: "run" } }), /Cannot set cmd: expected a list of texts/],
    [object({ options: { platforms: "linux" } }), /Cannot set platforms: expected a list of texts/],
    [object({ options: { platforms: ["linux"] } }), /linux/],
    [object({ options: { annotations: [] } }), /Cannot set annotations/],
    [object({ options: { tags: ["a b"] } }), /as a tag/],
    [object({ options: [] }), /expected an object as options/],
    [`${base} docker-daemon:x`, /Cannot use "docker-daemon:x:latest" as TARGET of "batch"/],
    [`${base} UPPER`, /UPPER/],
    [`${base} ${HOST}/a/a:2`, /line 1 writes "registry\.test\/a\/a:2", too/],
    [
      JSON.stringify({ base, target: `${HOST}/a/a:3`, options: { tags: ["2"] } }),
      /line 1 writes "registry\.test\/a\/a:2", too/,
    ],
  ];
  for (const [text, message] of wrong) {
    const file = `${columns(["a/a"])}${text}\n`;
    const { code, output, errors } = await run(registry, { file }, ["file", ...LAYER]);
    assert.deepEqual([code, output], [2, ""], text);
    assert.match(errors, message);
    assert.match(errors, /Cannot use line 2 of "file"/);
  }
  const two = await run(registry, { file: "a\nb\n" }, ["file", ...LAYER]);
  assert.match(two.errors, /line 1 of "file".*; 2 lines cannot be used/);
  assert.equal((await run(registry, {}, ["missing", ...LAYER])).code, 1);
  assert.equal(registry.requests.length, 0);
});

test("batch ends with 1 where an image fails, and --resume does what is left", async () => {
  const registry = await seeded(["a/a", "a/c"]);
  const files: Files = { file: columns(["a/a", "a/b", "a/c"]) };
  const args = ["file", ...LAYER, "--report", "report", "--resume", "report"];
  const report = (): Record<string, unknown>[] =>
    String(files["report"]).split("\n").slice(0, -1).map((line) => JSON.parse(line));
  const first = await run(registry, files, args.slice(0, -2));
  assert.deepEqual([first.code, first.output], [1, ""]);
  assert.match(first.errors, /line 2: Cannot read manifest "1" of "registry\.test\/a\/b"/);
  assert.match(first.errors, /Cannot make 1 of 3 images/);
  assert.deepEqual(report().map(({ status }) => status).sort(), ["done", "done", "failed"]);

  await seedImage(registry.store, "a/b", "1");
  files["file"] = `# a line more\n${files["file"]}`;
  files["report"] += '{"line": 1, "sta';
  const before = registry.requests.length;
  const second = await run(registry, files, args);
  assert.equal(second.code, 0, second.errors);
  assert.match(second.errors, /1 done, 0 unchanged, 0 failed, 2 done before/);
  const asked = registry.requests.slice(before).map(({ path }) => path);
  assert.ok(asked.every((path) => path.startsWith("/v2/a/b/")), asked.join("\n"));
  assert.ok(String(files["report"]).includes('"line":3'));
  const third = await run(registry, files, ["file", ...LAYER, "--resume", "nowhere"]);
  assert.equal(third.code, 2);
  assert.match(third.errors, /Cannot use --resume/);
});

test("batch --shard takes every N-th image, counted from 0 or from 1", async () => {
  const names = ["a/a", "a/b", "a/c", "a/d", "a/e"];
  const registry = await seeded(names);
  const file = `# images\n${columns(names)}`;
  const done = async (shard: string): Promise<unknown[]> => {
    const { lines, errors } = await run(registry, { file }, ["file", ...LAYER, `--shard=${shard}`]);
    assert.ok(lines.length > 0, errors);
    return lines.map(({ line }) => line).sort();
  };
  assert.deepEqual(await done("0/2"), [2, 4, 6]);
  assert.deepEqual(await done("1/2"), [3, 5]);
  assert.deepEqual(await done("2/2"), [2, 4, 6]);
  for (const wrong of ["3/2", "1", "1/0", "-1/2", "a/b"]) {
    const { code, errors } = await run(registry, { file }, ["file", ...LAYER, `--shard=${wrong}`]);
    assert.equal(code, 2);
    assert.match(errors, /Cannot use --shard: expected "I\/N"/);
  }
});

test("batch --dry-run sums up what a run would do, which --resume does not take for done", async () => {
  const registry = await seeded(["a/a", "a/b"]);
  const files: Files = { file: columns(["a/a", "a/b"]) };
  const args = ["file", ...LAYER, "--report", "report"];
  const { code, errors } = await run(registry, files, [...args, "--dry-run"]);
  assert.equal(code, 0);
  assert.match(errors, /2 would be done, .*; \d+ requests, .* would be sent, 1 blobs mounted/);
  assert.ok(registry.requests.every(({ method }) => method === "GET" || method === "HEAD"));
  const made = await run(registry, files, [...args, "--resume", "report"]);
  assert.match(made.errors, /2 done, 0 unchanged, 0 failed, 0 s/);
});

test("batch shows how many images are done, how fast, and how long it takes still", async () => {
  const names = Array.from({ length: 6 }, (_, index) => `a/r${index}`);
  const { fetch, store } = createFakeRegistry();
  for (const name of names) await seedImage(store, name, "1");
  const io = createFakeIo({
    fetch: async (url, init) => {
      io.pass(300);
      return await fetch(url, init);
    },
    files: { file: columns(names), "layer.tar": tarOf("a", "a") },
    errorIsTerminal: true,
    columns: 200,
  });
  assert.equal(await main(["batch", "file", ...LAYER, "--jobs", "1"], io), 0);
  assert.match(
    io.errors(),
    /[2-5] done, 0 failed, [1-4] left, \d+ s to go, \d\.\d images\/s, \d+ s/,
  );
});

test("batch that is stopped says how far it has come", async () => {
  const names = ["a/a", "a/b", "a/c"];
  const { fetch, store } = createFakeRegistry();
  for (const name of names) await seedImage(store, name, "1");
  let puts = 0;
  const io = createFakeIo({
    fetch: async (url, init) => {
      if (init.method === "PUT" && url.includes("/manifests/") && ++puts === 2) io.stop("SIGINT");
      return await fetch(url, init);
    },
    files: { file: columns(names), "layer.tar": tarOf("a", "a") },
  });
  assert.equal(await main(["batch", "file", ...LAYER, "--jobs", "1"], io), 130);
  assert.match(io.errors(), /1 done, 0 unchanged, 0 failed, 2 left/);
  assert.match(io.errors(), /stopped by SIGINT/);
  assert.equal(io.output().split("\n").length, 2);
});
