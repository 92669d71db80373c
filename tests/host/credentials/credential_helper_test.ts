import assert from "node:assert/strict";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  eraseFromHelper,
  getFromHelper,
  HelperError,
  storeInHelper,
} from "../../../lib/host/credentials/credential_helper.ts";
import { withDirectory } from "../temporary.ts";

const skip = process.platform === "win32" && "the fake helpers are shell scripts";

/** Runs an action with a helper `docker-credential-fake` in the path. */
async function withHelper<T>(
  script: string,
  action: (env: Record<string, string | undefined>, directory: string) => Promise<T>,
): Promise<T> {
  return await withDirectory(async (directory) => {
    const path = join(directory, "docker-credential-fake");
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    const env = { PATH: `${directory}${delimiter}${process.env["PATH"]}`, DIRECTORY: directory };
    return await action(env, directory);
  });
}

test("getFromHelper() asks for the registry and takes the account", { skip }, async () => {
  const script =
    `[ "$1" = get ] && [ "$(cat)" = ghcr.io ] && echo '{"ServerURL":"ghcr.io","Username":"u","Secret":"p:\\u00e9"}'`;
  await withHelper(script, async (env) => {
    assert.deepEqual(await getFromHelper("fake", "ghcr.io", { env }), {
      username: "u",
      password: "p:é",
    });
  });
});

test("getFromHelper() takes the user <token> for an identity token", { skip }, async () => {
  await withHelper(`echo '{"Username":"<token>","Secret":"t"}'`, async (env) => {
    assert.deepEqual(await getFromHelper("fake", "r.io", { env }), { identityToken: "t" });
  });
});

test("getFromHelper() takes a helper's word that it has none", { skip }, async () => {
  await withHelper("echo credentials not found in native keychain; exit 1", async (env) => {
    assert.equal(await getFromHelper("fake", "r.io", { env }), undefined);
  });
});

const FAILURES: readonly [what: string, script: string, message: RegExp][] = [
  [
    "fails with a message",
    "echo the keychain is locked; exit 1",
    /failed with 1, the keychain is locked$/,
  ],
  ["fails in silence", "exit 3", /failed with 3, no message$/],
  ["paints the terminal red", "printf '\\033[31mred'; exit 1", /failed with 1, \[31mred$/],
  ["is killed", "kill -9 $$", /failed with signal SIGKILL/],
  ["answers no JSON", "echo hunter2", /answer is not JSON$/],
  ["answers nothing", "true", /answer is not JSON$/],
  ["answers null", "echo null", /no Username and Secret$/],
  ["answers half", `echo '{"Username":"hunter2"}'`, /no Username and Secret$/],
  [
    "answers without end",
    "while :; do echo 0123456789012345678901234567890123456789; done",
    /longer than 1048576 bytes/,
  ],
];

for (const [what, script, message] of FAILURES) {
  test(
    `getFromHelper() throws where a helper ${what}, and never goes on without`,
    { skip },
    async () => {
      await withHelper(script, async (env) => {
        await assert.rejects(getFromHelper("fake", "r.io", { env }), (error: unknown) => {
          assert.ok(error instanceof HelperError);
          assert.match(error.message, message);
          assert.match(error.message, /docker-credential-fake/);
          assert.ok(!error.message.includes("hunter2"));
          return true;
        });
      });
    },
  );
}

test("getFromHelper() throws where the helper is not installed", async () => {
  await assert.rejects(getFromHelper("no-such-helper", "r.io", { env: { PATH: "/nowhere" } }), {
    name: "HelperError",
    message:
      "Cannot get a credential from docker-credential-no-such-helper: it is not installed, though the Docker config names it",
  });
});

for (const name of ["", "../evil", "a b", "x;y", "a/b", "a\n"]) {
  test(`getFromHelper() refuses the helper ${JSON.stringify(name)}`, async () => {
    await assert.rejects(getFromHelper(name, "r.io"), /this is no helper's name/);
  });
}

for (const key of ["r.io\nother.io", "r.io\rx", "r.io\0"]) {
  test(`getFromHelper() refuses the key ${JSON.stringify(key)}`, async () => {
    await assert.rejects(getFromHelper("fake", key), /line break/);
  });
}

test("getFromHelper() runs no shell", { skip }, async () => {
  await withHelper(
    'cat > $DIRECTORY/key; echo \'{"Username":"u","Secret":"p"}\'',
    async (env, directory) => {
      await getFromHelper("fake", "$(touch x)`id`;", { env });
      assert.equal(await readFile(join(directory, "key"), "utf8"), "$(touch x)`id`;");
    },
  );
});

test("getFromHelper() kills a helper that waits when it is aborted", { skip }, async () => {
  await withHelper("exec sleep 60", async (env) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const asked = getFromHelper("fake", "r.io", { env, signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(asked, reason);
  });
});

test("storeInHelper() and eraseFromHelper() speak the protocol", { skip }, async () => {
  const script =
    'echo "$1 $(cat)" >> $DIRECTORY/log; [ $1 = store ] || [ ! -e $DIRECTORY/gone ] || ' +
    "{ echo credentials not found in native keychain; exit 1; }";
  await withHelper(script, async (env, directory) => {
    await storeInHelper("fake", "r.io", { username: "u", password: 'p"q' }, { env });
    assert.equal(await eraseFromHelper("fake", "r.io", { env }), true);
    await writeFile(join(directory, "gone"), "");
    assert.equal(await eraseFromHelper("fake", "r.io", { env }), false);
    assert.equal(
      await readFile(join(directory, "log"), "utf8"),
      'store {"ServerURL":"r.io","Username":"u","Secret":"p\\"q"}\nerase r.io\nerase r.io\n',
    );
  });
});

test("a helper that does not answer is killed after a while", { skip }, async () => {
  await withHelper("exec sleep 600", async (env) => {
    const start = Date.now();
    await assert.rejects(getFromHelper("fake", "r.io", { env, timeout: 100 }), {
      name: "HelperError",
      message: /it did not answer within 0\.1 seconds$/,
    });
    assert.ok(Date.now() - start < 300_000);
  });
});
