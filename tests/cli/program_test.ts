import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import { COMMANDS } from "../../lib/cli/commands/commands.ts";
import { main } from "../../lib/cli/program.ts";
import { createFakeRegistry, type FakeRegistry } from "../fake_registry/fake_registry.ts";
import { withDirectory } from "../host/temporary.ts";
import { createFakeIo, type FakeIo, type FakeIoOptions } from "./fake_io.ts";

/** A tar of one empty file, written by hand (POSIX.1-2001, ustar). */
function makeTar(name = "test.txt"): Bytes {
  const tar = new Uint8Array(512 + 1024);
  const put = (text: string, at: number): void => tar.set(new TextEncoder().encode(text), at);
  put(name, 0);
  put(
    "0000644\0" + "0000000\0" + "0000000\0" + "00000000000\0" + "00000000000\0" + "        0",
    100,
  );
  put("ustar\0" + "00", 257);
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  put(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  return tar;
}

const DIGEST = /sha256:[0-9a-f]{64}/;

/** A registry with the image `acme/app:1` in it, made by the program itself. */
async function withImage(): Promise<FakeRegistry> {
  const registry = createFakeRegistry();
  const { code, io } = await run(registry, ["scratch", "registry.test/acme/app:1", "--cmd", "/x"]);
  assert.equal(code, 0, io.errors());
  return registry;
}

async function run(
  registry: FakeRegistry,
  args: readonly string[],
  options: FakeIoOptions = {},
): Promise<{ code: number; io: FakeIo }> {
  const io = createFakeIo({ input: makeTar(), fetch: registry.fetch, ...options });
  return { code: await main(args, io), io };
}

function readConfig(
  registry: FakeRegistry,
  repository: string,
  tag: string,
): Record<string, unknown> {
  const { blobs, ...store } = registry.store.repository(repository);
  const manifest = registry.store.repository(repository).manifest(tag) ?? store;
  const parse = (bytes: Uint8Array): Record<string, unknown> =>
    JSON.parse(new TextDecoder().decode(bytes));
  const { config } = parse((manifest as { bytes: Uint8Array }).bytes) as {
    config: { digest: string };
  };
  return parse(blobs.get(config.digest as `sha256:${string}`) ?? new Uint8Array());
}

const FORMS: readonly (readonly string[])[] = [
  ["registry.test", "acme/app", "1", "2"],
  ["registry.test", "acme/app:1", "acme/app:2"],
  ["registry.test/acme/app:1", "registry.test/acme/app:2"],
  ["append", "registry.test/acme/app:1", "registry.test/acme/app:2"],
  ["append", "registry.test", "acme/app", "1", "2"],
];

for (const form of FORMS) {
  test(`main() appends standard input with ${form.join(" ")}`, async () => {
    const registry = await withImage();
    const { code, io } = await run(registry, form);
    assert.equal(code, 0, io.errors());
    const digest = registry.store.repository("acme/app").tags.get("2");
    assert.equal(io.output(), `registry.test/acme/app:2@${digest}\n`);
    assert.equal(io.errors(), "");
  });
}

test("main() finds the base by a digest in the old forms, too", async () => {
  const registry = await withImage();
  const digest = registry.store.repository("acme/app").tags.get("1") ?? "";
  const { code, io } = await run(registry, ["registry.test", "acme/app", digest, "2"]);
  assert.equal(code, 0, io.errors());
});

test("main() prints one JSON object and nothing else with --json", async () => {
  const registry = await withImage();
  const { io } = await run(registry, [
    "registry.test",
    "acme/app",
    "1",
    "2",
    "--json",
    "--tag",
    "x",
  ]);
  const result = JSON.parse(io.output());
  assert.equal(result.target, "registry.test/acme/app:2");
  assert.match(result.digest, DIGEST);
  assert.deepEqual([...result.tags].sort(), ["2", "x"]);
  assert.equal(result.layers.length, 1);
  assert.equal(io.errors(), "");
});

test("main() appends files given by --layer, in order, compressed or not", async () => {
  const registry = await withImage();
  const files = { "a.tar": makeTar("a"), "b.tar.gz": new Uint8Array(gzipSync(makeTar("b"))) };
  const args = [
    "registry.test",
    "acme/app",
    "1",
    "2",
    "--layer",
    "a.tar",
    "--layer",
    "b.tar.gz",
    "--layer",
    "-",
    "--json",
  ];
  const { code, io } = await run(registry, args, { files });
  assert.equal(code, 0, io.errors());
  const { layers } = JSON.parse(io.output());
  assert.equal(layers.length, 3);
  assert.notEqual(layers[0].diffId, layers[1].diffId);
  assert.equal(layers[1].size, files["b.tar.gz"].length);
});

test("main() says where a level is not used, because compressed input goes out as it came", async () => {
  const files = { "a.tar": makeTar("a"), "b.tgz": new Uint8Array(gzipSync(makeTar("b"))) };
  const warning =
    'appendlayer: warning: The compression level is not used for "b.tgz", which is compressed already: name a compression to have it compressed anew\n';
  for (
    const [options, expected] of [
      [["--layer", "a.tar", "--compression-level", "9"], ""],
      [["--layer", "a.tar", "--layer", "b.tgz", "--compression-level", "9"], warning],
      [["--layer", "b.tgz"], ""],
      [["--layer", "b.tgz", "--compression-level", "9", "--chown", "1"], ""],
      [["--layer", "b.tgz", "--compression-level", "9", "--compression", "gzip"], ""],
    ] as const
  ) {
    const { code, io } = await run(await withImage(), [
      "registry.test/acme/app:1",
      "registry.test/acme/app:2",
      ...options,
    ], { files });
    assert.equal(code, 0, io.errors());
    assert.equal(io.errors(), expected, options.join(" "));
  }
});

test("main() sets and unsets everything that a config has", async () => {
  const registry = await withImage();
  const { code, io } = await run(registry, [
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    "--env",
    "A=1",
    "--env",
    "B=x=y",
    "--label",
    "l=m",
    "--entrypoint",
    "sh -c 'a b'",
    "--cmd",
    "",
    "--workdir",
    "/w",
    "--user",
    "1:2",
    "--expose",
    "80",
    "--expose",
    "53/udp",
    "--volume",
    "/v",
    "--stop-signal",
    "SIGINT",
    "--healthcheck",
    "--interval=2s true",
    "--shell",
    '["/bin/sh","-c"]',
    "--created",
    "1700000000",
    "--author",
    "me",
    "--comment",
    "why",
    "--history",
    "ADD test.txt /",
  ]);
  assert.equal(code, 0, io.errors());
  const image = readConfig(registry, "acme/app", "2");
  assert.equal(image["created"], "2023-11-14T22:13:20.000Z");
  assert.equal(image["author"], "me");
  assert.deepEqual(image["config"], {
    Env: ["A=1", "B=x=y"],
    Labels: { l: "m" },
    Entrypoint: ["sh", "-c", "a b"],
    WorkingDir: "/w",
    User: "1:2",
    ExposedPorts: { "80/tcp": {}, "53/udp": {} },
    Volumes: { "/v": {} },
    StopSignal: "SIGINT",
    Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 2_000_000_000 },
    Shell: ["/bin/sh", "-c"],
  });
  const history = image["history"] as { comment?: string; created_by?: string }[];
  assert.equal(history.at(-1)?.comment, "why");
  assert.equal(history.at(-1)?.created_by, "ADD test.txt /");
});

test("main() dates the image by SOURCE_DATE_EPOCH, and by --created before that", async () => {
  const registry = await withImage();
  const env = { SOURCE_DATE_EPOCH: "86400" };
  await run(registry, ["registry.test", "acme/app", "1", "2"], { env });
  assert.equal(readConfig(registry, "acme/app", "2")["created"], "1970-01-02T00:00:00.000Z");
  await run(registry, ["registry.test", "acme/app", "1", "3", "--created", "0"], { env });
  assert.equal(readConfig(registry, "acme/app", "3")["created"], "1970-01-01T00:00:00.000Z");
  const { code, io } = await run(registry, ["registry.test", "acme/app", "1", "4"], {
    env: { SOURCE_DATE_EPOCH: "yesterday" },
  });
  assert.equal(code, 2);
  assert.match(io.errors(), /SOURCE_DATE_EPOCH/);
});

test("main() writes the digest to --digest-file", async () => {
  const registry = await withImage();
  const args = ["registry.test", "acme/app", "1", "2", "--digest-file", "d.txt"];
  const { io } = await run(registry, args);
  assert.equal(io.written.get("d.txt"), `${registry.store.repository("acme/app").tags.get("2")}\n`);
});

test("main() prints what it has pushed also where --digest-file cannot be written", async () => {
  const registry = await withImage();
  const args = ["registry.test", "acme/app", "1", "2", "--digest-file", "d.txt"];
  const writeFile = (): Promise<void> => Promise.reject(new Error('Cannot write "d.txt": full'));
  const { code, io } = await run(registry, args, { writeFile });
  assert.equal(code, 1);
  assert.match(io.output(), DIGEST);
  assert.match(io.errors(), /Cannot write "d.txt": full/);
});

test("main() pushes nothing with --dry-run", async () => {
  const registry = await withImage();
  const before = registry.requests.length;
  const { code, io } = await run(registry, ["registry.test", "acme/app", "1", "2", "--dry-run"]);
  assert.equal(code, 0, io.errors());
  assert.match(io.output(), DIGEST);
  const methods = registry.requests.slice(before).map(({ method }) => method);
  assert.ok(methods.every((method) => method === "GET" || method === "HEAD"), String(methods));
});

test("main() tells what would be sent with --dry-run, and what was with --verbose", async () => {
  const registry = await withImage();
  const dry = await run(registry, [
    "registry.test",
    "acme/app",
    "1",
    "2",
    "--dry-run",
    "--tag",
    "x",
  ]);
  assert.match(
    dry.io.errors(),
    /^appendlayer: layer sha256:[0-9a-f]{64}, \d+ B: (already there|would be sent)\nappendlayer: tags 2, x: would be written\n$/,
  );
  const quiet = await run(registry, [
    "registry.test",
    "acme/app",
    "1",
    "2",
    "--dry-run",
    "--quiet",
  ]);
  assert.equal(quiet.io.errors(), "");
  const verbose = await run(registry, ["registry.test", "acme/app", "1", "2", "--verbose"], {
    input: makeTar("other.txt"),
  });
  assert.match(
    verbose.io.errors(),
    / B: sent\nappendlayer: tag 2: written\nappendlayer: \d+ requests, /,
  );
});

test("main() edits, copies, inspects and lists tags", async () => {
  const registry = await withImage();
  const edit = await run(registry, [
    "edit",
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    "--env",
    "A=1",
  ]);
  assert.equal(edit.code, 0, edit.io.errors());
  const copy = await run(registry, [
    "copy",
    "registry.test/acme/app:2",
    "registry.test/acme/other:3",
  ]);
  assert.equal(copy.code, 0, copy.io.errors());
  const digest = registry.store.repository("acme/app").tags.get("2");
  assert.equal(copy.io.output(), `registry.test/acme/other:3@${digest}\n`);
  const inspect = await run(registry, ["inspect", "registry.test/acme/other:3"]);
  assert.match(inspect.io.output(), /linux\/amd64\n +size .* in 1 layer\n[^]*env +A=1\n/);
  const json = await run(registry, ["inspect", "registry.test/acme/other:3", "--json"]);
  assert.equal(JSON.parse(json.io.output()).digest, digest);
  const tags = await run(registry, ["tags", "registry.test/acme/app"]);
  assert.deepEqual(tags.io.output().trim().split("\n").sort(), ["1", "2"]);
  const list = await run(registry, ["tags", "registry.test/acme/app", "--json"]);
  assert.deepEqual(JSON.parse(list.io.output()).sort(), ["1", "2"]);
});

test("main() lets no control character of a tag through", async () => {
  const registry = await withImage();
  const { tags } = registry.store.repository("acme/app");
  tags.set("x\x1b[2J\ny", tags.get("1") ?? "");
  const { io } = await run(registry, ["tags", "registry.test/acme/app"]);
  assert.deepEqual(io.output().trimEnd().split("\n").sort(), ["1", "x[2J y"]);
});

/** What a terminal would act upon, hide or reorder; a line end is the program's own. */
const HOSTILE = "x\x1b]0;y\x07\u009b2J\u202e";
const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cf}]/u;

test("main() lets no control character of a warning through", async () => {
  const registry = await withImage();
  for (const name of [`../${HOSTILE}`, `${HOSTILE}/file`]) {
    const args = ["registry.test", "acme/app", "1", "2", "--user", HOSTILE, "--read-base=none"];
    const { code, io } = await run(registry, args, { input: makeTar(name) });
    assert.equal(code, 0, io.errors());
    assert.match(io.errors(), /^appendlayer: warning: /);
    assert.doesNotMatch(io.errors(), UNPRINTABLE);
  }
});

test("main() writes no control character in JSON but as an escape", async () => {
  const registry = await withImage();
  const { tags } = registry.store.repository("acme/app");
  tags.set(HOSTILE, tags.get("1") ?? "");
  const image = "registry.test/acme/app:2";
  const commands: [args: string[], read: (json: string) => string][] = [
    [
      ["registry.test", "acme/app", "1", "2", "--author", HOSTILE],
      (text) => JSON.parse(text).warnings[0],
    ],
    [["inspect", image], (text) => JSON.parse(text).images[0].config.author],
    [["tags", "registry.test/acme/app"], (text) => JSON.parse(text).join()],
  ];
  for (const [args, read] of commands) {
    const { code, io } = await run(registry, [...args, "--json"], {
      input: makeTar(`../${HOSTILE}`),
    });
    assert.equal(code, 0, io.errors());
    assert.doesNotMatch(io.output(), UNPRINTABLE);
    assert.match(read(io.output()), /\u202e|\\u202e/);
  }
});

test("main() tells in one line that the help cannot be written", async () => {
  for (const args of [["help"], ["help", "copy"], ["--help"]]) {
    const io = createFakeIo();
    const out = (): Promise<void> =>
      Promise.reject(new Error("Cannot write the result: the disk is full"));
    assert.equal(await main(args, { ...io, out }), 1);
    assert.equal(io.errors(), "appendlayer: Cannot write the result: the disk is full\n");
  }
});

test("main() appends files from disk, with a tar below a directory", async () => {
  await withDirectory(async (directory) => {
    await mkdir(join(directory, "site", "sub"), { recursive: true });
    await writeFile(join(directory, "site", "index.html"), "x");
    await writeFile(join(directory, "site", "sub", "app.js.map"), "x");
    const registry = await withImage();
    const { code, io } = await run(registry, [
      "registry.test/acme/app:1",
      T,
      "--json",
      "--compression",
      "none",
      "--layer",
      "-",
      "--prefix",
      "opt",
      "--add",
      `${join(directory, "site")}:/srv/www`,
      "--ignore-file",
      "ignore",
      "--delete",
      "/etc/old",
      "--chown",
      "5:6",
      "--mtime",
      "86400",
      "--chmod",
      "640",
    ], { files: { ignore: "# maps\n**/*.map\n" } });
    assert.equal(code, 0, io.errors());
    const { blobs } = registry.store.repository("acme/app");
    const [removed, tar, files] = JSON.parse(io.output()).layers.map((
      { digest }: { digest: `sha256:${string}` },
    ) => listTar(blobs.get(digest) ?? new Uint8Array()));
    // Below the tar: what is deleted is the base's.
    assert.deepEqual(removed, ["etc/.wh.old 644 5:6 86400"]);
    assert.deepEqual(tar, ["opt/test.txt 640 5:6 86400"]);
    assert.deepEqual(files, [
      "srv/www/ 755 5:6 0",
      "srv/www/index.html 640 5:6 86400",
      "srv/www/sub/ 750 5:6 86400",
    ]);
  });
});

test("main() removes and adds in one layer where there is no tar, and keeps all directories on scratch", async () => {
  await withDirectory(async (directory) => {
    await mkdir(join(directory, "usr"));
    await writeFile(join(directory, "usr", "x"), "");
    const layersOf = async (...args: string[]): Promise<string[][]> => {
      const registry = await withImage();
      const json = ["--json", "--compression", "none", "--chmod", "644"];
      const { code, io } = await run(registry, [...args, ...json]);
      assert.equal(code, 0, io.errors());
      const { blobs } = registry.store.repository("acme/app");
      return JSON.parse(io.output()).layers.map(({ digest }: { digest: `sha256:${string}` }) =>
        listTar(blobs.get(digest) ?? new Uint8Array()).map((line) => line.split(" ")[0])
      );
    };
    const base = "registry.test/acme/app:1";
    const add = ["--add", `${directory}:/`];
    assert.deepEqual(await layersOf(base, T, ...add, "--delete", "a"), [[".wh.a", "usr/x"]]);
    assert.deepEqual(await layersOf(base, T, "--opaque", "a"), [["a/", "a/.wh..wh..opq"]]);
    assert.deepEqual(await layersOf(base, T, "--layer", "-", "--opaque", "a"), [
      ["a/", "a/.wh..wh..opq"],
      ["test.txt"],
    ]);
    assert.deepEqual(await layersOf("scratch", T, ...add), [["usr/", "usr/x"]]);
    assert.deepEqual(await layersOf("scratch", T, ...add, "--layer", "-"), [["test.txt"], [
      "usr/x",
    ]]);
  });
});

/** The entries of a tar without pax records. */
function listTar(tar: Uint8Array): string[] {
  const entries: string[] = [];
  const text = (at: number, size: number): string =>
    new TextDecoder().decode(tar.subarray(at, at + size)).replace(/\0.*$/, "");
  for (let at = 0; tar[at]; at += 512 + Math.ceil(parseInt(text(at + 124, 12), 8) / 512) * 512) {
    const [mode, uid, gid] = [100, 108, 116].map((field) => parseInt(text(at + field, 8), 8));
    const mtime = parseInt(text(at + 136, 12), 8);
    entries.push(`${text(at, 100)} ${mode?.toString(8)} ${uid}:${gid} ${mtime}`);
  }
  return entries;
}

const T = "registry.test/acme/app:2";
const ON_TERMINAL: FakeIoOptions = { outputIsTerminal: true };
const USAGE: readonly [args: string[], message: RegExp, options?: FakeIoOptions][] = [
  [[], /Cannot append: BASE and TARGET are missing/],
  [["a/b"], /Cannot append: TARGET is missing/],
  [["apend"], /did you mean the command "append"\?/],
  [["a", "b", "c", "d", "e"], /with 5 operands/],
  [["--json", "copy", "a", "b", "c", "d"], /Cannot use "copy" after an option/],
  [["--json", "inspect", "a/b:1"], /Cannot use "inspect" after an option/],
  [["--nope", "a", "b"], /Cannot use --nope/],
  [
    ["copy", "a", "b", "--env", "A=1"],
    /Cannot use --env: "copy" has no such option; "append" has it\n/,
  ],
  [["inspect"], /Cannot run "inspect" with 0 operands: expected 1, as in "inspect IMAGE"/],
  [["tags", "a", "b"], /Cannot run "tags" with 2 operands: expected 1/],
  [["help", "nothing"], /Cannot tell about "nothing": there is no such command or option\n/],
  [["help", "inspct"], /there is no such command or option; did you mean "inspect"\?/],
  [["help", "plainhttp"], /there is no such command or option; did you mean "plain-http"\?/],
  [["export", "a/b"], /Cannot write an archive to a terminal: .* --output FILE/, ON_TERMINAL],
  [["copy", "a/b", "oci-archive:-:1"], /Cannot write an archive to a terminal/, ON_TERMINAL],
  [["a/b", "docker-archive:-"], /to a terminal: redirect it, or name a file/, ON_TERMINAL],
  [["index", "oci-archive:-", "a/b", "c/d"], /Cannot write an archive to a term/, ON_TERMINAL],
  [["UPPER/case", T], /Cannot parse "UPPER\/case"/],
  [["a/b", "a/b@sha256:" + "0".repeat(64)], /its digest is not known before it is made/],
  [["a/b", "scratch"], /Cannot use "scratch" as TARGET/],
  [["a/b", "c/d:1", "e/f:2"], /Cannot use "a\/b" as HOST/],
  [["registry.test", "a:b:c", "1", "2"], /Cannot parse/],
  [["a/b", T], /it is a terminal; pipe a tar into it/, { inputIsTerminal: true }],
  [["a/b", T, "--layer", "-", "--layer", "-"], /Cannot use --layer - more than once/],
  [["a/b", T, "--ignore", "x"], /Cannot use --ignore without --add/],
  [["a/b", T, "--add", "x", "--ignore", "["], /Cannot use --ignore: expected a pattern, got "\["/],
  [["a/b", T, "--add", "x", "--ignore-file", "i"], /Cannot use --ignore-file: expected a pattern/, {
    files: { i: "ok\n[\n" },
  }],
  [
    ["a/b", T, "--read-base=some"],
    /Cannot use --read-base: expected auto, all or none, got "some"/,
  ],
  [["a/b", T, "--env", "=A"], /Cannot use --env: expected "NAME=VALUE"/],
  [["a/b", T, "--stop-signal", "SIGNONE"], /Cannot use --stop-signal: /],
  [["a/b", T, "--dereference"], /Cannot use --dereference without --add/],
  [["a/b", T, "--add", "x", "--prefix", "y"], /Cannot use --prefix without a tar/],
  [["a/b", T, "--add", ":/x"], /Cannot use --add: expected "SRC" or "SRC:DEST"/],
  [["a/b", T, "--add", "x:/../y"], /Cannot use --add: expected a path in the image/],
  [["a/b", T, "--delete", "/"], /Cannot use --delete: expected a path of the base/],
  [
    ["a/b", T, "--opaque", "/"],
    /Cannot use --opaque: expected a directory below the root, got "\/"/,
  ],
  [["a/b", T, "--add", "x", "--ignore-file", "no"], /Cannot use --ignore-file: Cannot read "no"/],
  [["a/b", T, "--chown", "me"], /Cannot use --chown: /],
  [["a/b", T, "--chmod", "9"], /Cannot use --chmod: /],
  [["a/b", T, "--mtime", "soon"], /Cannot use --mtime: expected a time/],
  [["a/b", T, "--prefix", "../x"], /Cannot use --prefix: /],
  [["a/b", T, "--env", "A"], /Cannot use --env: expected "NAME=VALUE"/],
  [["a/b", T, "--label", "=x"], /Cannot use --label: expected "NAME=VALUE"/],
  [["a/b", T, "--annotation", "x"], /Cannot use --annotation: expected "NAME=VALUE"/],
  [["a/b", T, "--entrypoint", '["a"'], /Cannot use --entrypoint: Cannot read/],
  [["a/b", T, "--cmd", "'a"], /Cannot use --cmd: Cannot split/],
  [["a/b", T, "--shell", "[1]"], /Cannot use --shell: .*array of strings/],
  [["a/b", T, "--healthcheck=--every=1s x"], /Cannot use --healthcheck: --every is none of/],
  [["a/b", T, "--created", "soon"], /Cannot use --created: expected a time/],
  [["a/b", T, "--platform", "linux"], /Cannot use --platform: /],
  [["a/b", T, "--tag", "a/b"], /Cannot use --tag: expected up to 128/],
  [
    ["a/b", T, "--compression", "lzma"],
    /Cannot use --compression: expected gzip, zstd, none, zstd:chunked, estargz or keep/,
  ],
  [
    ["a/b", T, "--compression-level", "10"],
    /Cannot use --compression-level: expected a whole number, 1 to 9/,
  ],
  [
    ["a/b", T, "--compression-level", "3", "--compression", "none"],
    /Cannot use --compression-level with/,
  ],
  [
    ["a/b", T, "--compression-level", "3", "--compression", "keep"],
    /Cannot use --compression-level with --compression keep/,
  ],
  [["a/b", T, "--expose", "99999"], /Cannot use --expose: Cannot expose "99999"/],
  [["a/b", T, "--workdir", "app"], /Cannot use --workdir: Cannot set the working directory "app"/],
  [
    ["a/b", T, "--expose", "", "--expose", "80"],
    /Cannot use --expose: '' unsets all, and goes with no other/,
  ],
  [["a/b", T, "--retry-for", "-1"], /Cannot use --retry-for: it needs a value before -1/],
  [["a/b", T, "--retry-for=-1"], /Cannot use --retry-for: expected a duration/],
  [["a/b", T, "--timeout", "0"], /Cannot use --timeout: expected seconds/],
  [["a/b", T, "--concurrency", "0"], /Cannot use --concurrency: expected a whole number/],
  [["a/b", T, "--progress", "loud"], /Cannot use --progress: expected auto, plain or none/],
  [["a/b", T, "--quiet", "--verbose"], /Cannot use --quiet with --verbose/],
  [["a/b", T, "--key", "k.pem"], /Cannot use --key without --cert/],
  [["a/b", T, "--ca", "no.pem"], /Cannot use --ca: Cannot read "no.pem"/],
  [["a/b", T, "--ca", "x.pem"], /Cannot use --ca: "x.pem" has no "BEGIN CERTIFICATE"/, {
    files: { "x.pem": "x" },
  }],
];

for (const [args, message, options] of USAGE) {
  test(`main() ends with 2 for ${JSON.stringify(args.join(" "))}`, async () => {
    const registry = createFakeRegistry();
    const { code, io } = await run(registry, args, options);
    assert.equal(code, 2, io.errors());
    assert.match(io.errors(), message);
    assert.match(
      io.errors(),
      /^appendlayer: [^\n]+\nappendlayer( \w+)? --help shows how it is used\n$/,
    );
    assert.equal(io.output(), "");
    assert.equal(registry.requests.length, 0);
  });
}

test("main() hands certificates on", async () => {
  const certificate = "-----BEGIN CERTIFICATE-----\n";
  const key = "-----BEGIN EC PRIVATE KEY-----\n";
  const files = { "ca.pem": certificate, "me.pem": certificate + key };
  const args = ["tags", "registry.test/a", "--ca", "ca.pem", "--cert", "me.pem", "--insecure"];
  const { io } = await run(createFakeRegistry(), args, { files });
  assert.deepEqual(io.hostOptions[0]?.tls, {
    ca: [certificate],
    cert: certificate + key,
    key: certificate + key,
    insecure: true,
    hosts: ["registry.test"],
  });
});

const NAMED: readonly [args: string[], hosts: string[]][] = [
  [["registry.test", "a", "1", "2"], ["registry.test", "registry.test"]],
  [["copy", "ubuntu", "registry.test:5000/a"], ["docker.io", "registry.test:5000"]],
  [["copy", "oci:/none", "registry.test/a"], ["registry.test"]],
  [["inspect", "registry.test/a"], ["registry.test"]],
  [["login", "registry.test:5000", "--username", "me"], ["registry.test:5000"]],
  [["tags", "registry.test/a", "--trust-realm", "auth.test"], ["registry.test", "auth.test"]],
];

for (const [args, hosts] of NAMED) {
  test(`main() lets --insecure be for ${hosts.join(" and ")} in "${args.join(" ")}"`, async () => {
    const input = new TextEncoder().encode("password");
    const { io } = await run(createFakeRegistry(), [...args, "--insecure"], { input });
    assert.deepEqual(io.hostOptions[0]?.tls?.hosts, hosts);
    assert.equal(io.hostOptions[0]?.registry, undefined, "REFRESH_TOKEN is for the target");
  });
}

test("main() ends with 1 and one message for what failed", async () => {
  const registry = await withImage();
  const { code, io } = await run(registry, ["registry.test", "acme/app", "none", "2"]);
  assert.equal(code, 1);
  assert.equal(io.output(), "");
  assert.match(
    io.errors(),
    /^appendlayer: Cannot read manifest "none" of "registry.test\/acme\/app": [^\n]*404[^\n]*\n$/,
  );
  assert.ok(!registry.store.repository("acme/app").tags.has("2"));
});

test("main() shows stacks with --verbose only", async () => {
  const registry = await withImage();
  const { io } = await run(registry, ["registry.test", "acme/app", "none", "2", "--verbose"]);
  assert.match(io.errors(), /\n +at /);
});

const REFUSED: readonly [what: string, input: Bytes, message: RegExp][] = [
  ["nothing", new Uint8Array(), /Cannot use standard input: it is empty/],
  ["text", new TextEncoder().encode("hello\n"), /Cannot use standard input: /],
  ["half a tar", makeTar().slice(0, 700), /Cannot use standard input: /],
];

for (const [what, input, message] of REFUSED) {
  test(`main() refuses ${what} on standard input`, async () => {
    const registry = await withImage();
    const { code, io } = await run(registry, ["registry.test", "acme/app", "1", "2"], { input });
    assert.equal(code, 1);
    assert.match(io.errors(), message);
    assert.ok(!registry.store.repository("acme/app").tags.has("2"));
  });
}

/** A producer that sends something and then nothing more. */
function silentProducer(): {
  input: (signal: AbortSignal) => ByteStream;
  started: Promise<void>;
} {
  let start = (): void => {};
  const started = new Promise<void>((resolve) => start = resolve);
  async function* input(signal: AbortSignal): ByteStream {
    yield makeTar().slice(0, 512);
    start();
    await new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }
  return { input, started };
}

test("main() stops when it is asked to, and leaves the target as it was", async () => {
  for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const registry = await withImage();
    const { input, started } = silentProducer();
    const io = createFakeIo({ input, fetch: registry.fetch });
    const ended = main(["registry.test", "acme/app", "1", "2"], io);
    await started;
    io.stop(signal);
    assert.equal(await ended, expected);
    assert.equal(io.errors(), `appendlayer: stopped by ${signal}\n`);
    assert.equal(io.output(), "");
    assert.ok(!registry.store.repository("acme/app").tags.has("2"));
  }
});

test("main() tells the version and the help of every command on standard output", async () => {
  const { version } = JSON.parse(
    await (await import("node:fs/promises")).readFile("deno.json", "utf8"),
  );
  const registry = createFakeRegistry();
  assert.ok(COMMANDS.length >= 8);
  for (const command of [[], ...COMMANDS.map(({ name }) => [name])]) {
    const told = await run(registry, [...command, "--version"]);
    assert.deepEqual([told.code, told.io.output()], [0, `${version}\n`]);
    const help = await run(registry, [...command, "--help"]);
    assert.equal(help.code, 0);
    assert.match(help.io.output(), /^Usage: appendlayer /);
    for (const line of help.io.output().split("\n")) {
      assert.ok([...line].length <= 80, line);
      assert.equal(line, line.trimEnd());
    }
  }
});

test("main() takes help for a command, unless it is an image", async () => {
  const registry = createFakeRegistry();
  for (const [args, expected] of [[[], []], [["tag"], ["tag"]]] as const) {
    const asked = await run(registry, ["help", ...args]);
    const told = await run(registry, [...expected, "--help"]);
    assert.deepEqual([asked.code, asked.io.output()], [0, told.io.output()]);
    const before = await run(registry, ["--help", ...args]);
    assert.deepEqual([before.code, before.io.output()], [0, told.io.output()]);
  }
  const { code, io } = await run(registry, ["help", "registry.test/acme/app:1"]);
  assert.equal(code, 1);
  assert.match(io.errors(), /library\/help/);
});

test("main() asks whether a command was meant, also where the word could be a host", async () => {
  const registry = await withImage();
  const { code, io } = await run(registry, ["apend", "127.0.0.1:5000/a:1", "127.0.0.1:5000/a:2"]);
  assert.equal(code, 2);
  assert.match(io.errors(), /; did you mean the command "append"\?\n/);
});
