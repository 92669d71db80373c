import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { appendlayer, onEachRuntime } from "./appendlayer.ts";
import { tarOfFiles } from "./base_image.ts";
import { REGISTRY_NEEDS, USER, withRegistry } from "./docker_registry.ts";
import { exec, succeed, testWith } from "./program.ts";
import { withDirectory } from "./scratch.ts";

/** Lends a password store of a throw-away key, as docker-credential-pass uses it. */
async function withPasswordStore(
  action: (env: Record<string, string>, directory: string) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const env = { GNUPGHOME: join(directory, "gpg"), PASSWORD_STORE_DIR: join(directory, "store") };
    await mkdir(env.GNUPGHOME, { mode: 0o700 });
    const key = ["--quick-generate-key", "test@example.com", "default", "default", "never"];
    try {
      await succeed(["gpg", "--batch", "--quiet", "--passphrase", "", ...key], { env });
      await succeed(["pass", "init", "test@example.com"], { env });
      await action(env, directory);
    } finally {
      await exec(["gpgconf", "--kill", "all"], { env });
    }
  });
}

testWith(
  [...REGISTRY_NEEDS.htpasswd, "docker-credential-pass", "pass", "gpg"],
  "Debian's docker-credential-pass keeps the password of login, and gives it to append",
  async () => {
    await withRegistry("htpasswd", async ({ host }) => {
      await withPasswordStore(async (store, directory) => {
        const env = { ...store, DOCKER_CONFIG: directory };
        const config = join(directory, "config.json");
        const input = await tarOfFiles({ "a.txt": "a" });
        await onEachRuntime(async (runtime) => {
          await writeFile(config, '{"credsStore":"pass"}');
          const push = (): ReturnType<typeof appendlayer> =>
            appendlayer(["scratch", `${host}/acme/app:${runtime.name}`], { runtime, env, input });
          const before = await push();
          assert.equal(before.code, 1, runtime.name);
          assert.match(before.stderr, /appendlayer login/, runtime.name);

          const wrong = await appendlayer(["login", host, "--username", USER.username], {
            runtime,
            env,
            input: "wrong",
          });
          assert.equal(wrong.code, 1, runtime.name);
          const login = await appendlayer(["login", host, "--username", USER.username], {
            runtime,
            env,
            input: `${USER.password}\n`,
          });
          assert.equal(login.code, 0, `${runtime.name}: ${login.stderr}`);
          assert.equal(login.stderr, 'appendlayer: The password is kept by "pass"\n');
          assert.deepEqual(JSON.parse(await readFile(config, "utf8")), {
            credsStore: "pass",
            auths: { [host]: {} },
          });
          const kept = await readdir(store["PASSWORD_STORE_DIR"] ?? "", { recursive: true });
          assert.ok(kept.some((name) => name.endsWith(`${USER.username}.gpg`)), String(kept));

          const after = await push();
          assert.equal(after.code, 0, `${runtime.name}: ${after.stderr}`);
          for (let round = 0; round < 2; round++) {
            const logout = await appendlayer(["logout", host], { runtime, env });
            assert.equal(logout.code, 0, `${runtime.name}: ${logout.stderr}`);
          }
          assert.equal((await push()).code, 1, runtime.name);
        });
      });
    });
  },
);

testWith(
  [...REGISTRY_NEEDS.htpasswd],
  "a helper that is not installed is an error, and never anonymous",
  async () => {
    await withRegistry("htpasswd", async ({ host }) => {
      await withDirectory(async (directory) => {
        await writeFile(join(directory, "config.json"), '{"credsStore":"no-such-helper"}');
        const env = { DOCKER_CONFIG: directory };
        const { code, stderr } = await appendlayer(["tags", `${host}/acme/app`], { env });
        assert.equal(code, 1);
        assert.match(stderr, /docker-credential-no-such-helper: it is not installed/);
      });
    });
  },
);
