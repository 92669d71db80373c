/** Failures that people meet, each with what to do next. */

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Fetch } from "../../../lib/base/fetch.ts";
import { main } from "../../../lib/cli/program.ts";
import { createNodeIo } from "../../../lib/cli/node_io.ts";
import { advise } from "../../../lib/cli/output/advise.ts";
import { describeNearTags } from "../../../lib/cli/output/describe_tags.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { withDirectory } from "../../host/temporary.ts";
import { tarOf } from "../../image/fake_images.ts";
import { createFakeIo, type FakeIo, type FakeIoOptions } from "../fake_io.ts";

async function run(
  args: readonly string[],
  options: FakeIoOptions = {},
): Promise<{ code: number; io: FakeIo }> {
  const io = createFakeIo({
    fetch: () => Promise.reject(new RangeError("a registry was asked")),
    input: tarOf("x", "x"),
    ...options,
  });
  return { code: await main(args, io), io };
}

/** A registry that answers everything with a page. */
function answering(status: number, headers: Record<string, string> = {}): Fetch {
  const html = { "content-type": "text/html; charset=utf-8", ...headers };
  return () => Promise.resolve(new Response("<html></html>", { status, headers: html }));
}

describe("what to do next is told where", () => {
  test("a tag is not there: the ones that are like it", async () => {
    const { store, fetch } = createFakeRegistry();
    const { tags } = store.repository("acme/app");
    for (const tag of ["2.0", "3.0.1", "3.0.2", "latest", "3.1", "edge"]) {
      tags.set(tag, `sha256:${"0".repeat(64)}`);
    }
    for (const verb of ["copy", "inspect"]) {
      const others = verb === "copy" ? ["registry.test/acme/b:1"] : [];
      const args = [verb, "registry.test/acme/app:3.0.0", ...others];
      const { code, io } = await run(args, { fetch });
      assert.equal(code, 1);
      assert.match(
        io.errors(),
        /^appendlayer: Cannot read manifest "3\.0\.0" of [^\n]*404[^\n]*; there are the tags "3\.0\.2", "3\.0\.1", "3\.1" and "2\.0", and 2 others\n$/,
      );
    }
  });

  test("stored credentials are refused: where they came from", async () => {
    await withDirectory(async (directory) => {
      const auths = { "registry.test": { auth: btoa("ada:old") } };
      await writeFile(join(directory, "config.json"), JSON.stringify({ auths }));
      for (const kind of ["basic", "bearer"] as const) {
        const { fetch } = createFakeRegistry({ auth: { kind, anonymousPull: false } });
        const credentials = (): Promise<{ username: string; password: string }> =>
          Promise.resolve({ username: "ada", password: "old" });
        const env = { DOCKER_CONFIG: directory };
        const options = { fetch, credentials, env };
        const { code, io } = await run(["inspect", "registry.test/acme/app:1"], options);
        assert.equal(code, 1);
        const [, below] = io.errors().split("\n");
        assert.equal(
          below,
          `the credentials come from "${
            join(directory, "config.json")
          }"; "appendlayer login registry.test" replaces the credentials`,
          io.errors(),
        );
      }
    });
  });

  test("a web page answers in the registry's place", async () => {
    for (const args of [["inspect", "registry.test/a:1"], ["tags", "registry.test/a"]]) {
      const { code, io } = await run(args, { fetch: answering(200) });
      assert.equal(code, 1);
      assert.match(
        io.errors(),
        /: registry\.test answered 200 with a web page\nis it the registry/,
      );
    }
  });

  test("a request is too large", async () => {
    const { store, fetch } = createFakeRegistry();
    store.repository("acme/app");
    const limited: Fetch = (url, init) =>
      /\/blobs\/uploads\//.test(String(url)) && init?.method !== "HEAD"
        ? answering(413)(url, init)
        : fetch(url, init);
    const { code, io } = await run(["scratch", "registry.test/acme/app:1"], { fetch: limited });
    assert.equal(code, 1);
    assert.match(io.errors(), /answered 413 with a web page\n[^\n]*client_max_body_size/);
  });

  test("a registry is overloaded: how often it was asked", async () => {
    for (const status of [429, 503]) {
      const fetch = answering(status, { "retry-after": "0" });
      const { code, io } = await run(["inspect", "registry.test/a:1", "--retry-for", "0.1s"], {
        fetch,
      });
      assert.equal(code, 1);
      assert.match(
        io.errors(),
        new RegExp(`answered ${status} with a web page \\(\\d+ attempts\\)`),
      );
    }
  });

  test("SRC and DEST of --add are two words", async () => {
    for (
      const args of [
        ["nginx", "registry.test/a:1", "--add", "site", "/srv/www"],
        ["--add", "site", "/srv/www", "nginx", "registry.test/a:1"],
      ]
    ) {
      const { code, io } = await run(args);
      assert.equal(code, 2);
      assert.match(
        io.errors(),
        /Cannot use "\/srv\/www" as an operand: .* --add "site:\/srv\/www"\n/,
      );
    }
  });

  test("HOST begins with a scheme", async () => {
    const { code, io } = await run(["http://registry.test", "a", "1", "2"]);
    assert.equal(code, 2);
    assert.match(
      io.errors(),
      /it begins with a scheme; expected "registry.test", and --plain-http\n/,
    );
  });

  test("--layer is a directory", async () => {
    await withDirectory(async (directory) => {
      const { readFile } = createNodeIo();
      const io = createFakeIo({ fetch: createFakeRegistry().fetch });
      const args = ["scratch", "registry.test/acme/app:1", "--layer", directory];
      assert.equal(await main(args, { ...io, readFile }), 1);
      assert.match(
        io.errors(),
        /: it is a directory\n--add SRC:DEST adds the files of a directory\n$/,
      );
      const list = createFakeIo();
      assert.equal(await main(["batch", directory, "--add", "x"], { ...list, readFile }), 1);
      assert.match(list.errors(), /: it is a directory\n$/, "no layer was meant");
    });
  });

  test("a repository's tags cannot be listed: what may be wrong with its name", async () => {
    const { code, io } = await run(["tags", "registry.test/acme/none"], createFakeRegistry());
    assert.equal(code, 1);
    assert.match(io.errors(), /^appendlayer: Cannot list tags of .* 404.*\nis the name right, /);
  });

  test("--digest-file cannot be written, before anything is asked", async () => {
    await withDirectory(async (directory) => {
      const { checkWritable } = createNodeIo();
      await mkdir(join(directory, "there"));
      for (const name of ["there", join("none", "file")]) {
        const path = join(directory, name);
        const args = ["scratch", "registry.test/a:1", "--digest-file", path];
        const { code, io } = await run(args, { checkWritable });
        assert.equal(code, 2);
        assert.match(io.errors(), /^appendlayer: Cannot use --digest-file: Cannot write "/);
      }
      for (const name of ["new", "there/new"]) await checkWritable(join(directory, name));
    });
  });
});

test("advise() says what to do about an engine, a credential helper and a TARGET without a host", () => {
  const cases: readonly [message: string, next: RegExp][] = [
    ["Cannot find an engine: there is none at /run/docker.sock", /^does Docker or Podman run\?/],
    [
      'Cannot reach the engine "unix:///run/docker.sock" (the usual place): permission denied: this user may not use the socket',
      /^root may, .*group "docker"$/,
    ],
    [
      'Cannot reach the engine "unix:///none" (DOCKER_HOST): nobody listens there',
      /^does it run\?/,
    ],
    [
      'Cannot push a blob to "docker.io/library/site": registry answered 401, UNAUTHORIZED: authentication required',
      /^a TARGET without a host and a user is .* expected "HOST\/NAME:TAG"/,
    ],
    [
      "Cannot get a credential from docker-credential-desktop: it is not installed, though the Docker config names it: there is no such file",
      /^install it, or take it out of "credsStore"/,
    ],
  ];
  for (const [message, next] of cases) {
    assert.match(advise(new Error(message), message) ?? "", next, message);
  }
});

test("describeNearTags() names the nearest first, and counts the others", () => {
  const cases: readonly [string, readonly string[], string][] = [
    ["x", [], ""],
    ["none", ["1"], '; there is the tag "1"'],
    ["lates", ["1.0", "latest"], '; there are the tags "latest" and "1.0"'],
    ["6", ["1", "2", "3", "4", "5"], '; there are the tags "5", "4", "3" and "2", and 1 other'],
    [
      "7",
      ["1", "2", "3", "4", "5", "6"],
      '; there are the tags "6", "5", "4" and "3", and 2 others',
    ],
  ];
  for (const [wrong, tags, expected] of cases) {
    assert.equal(describeNearTags(wrong, tags), expected);
  }
});
