import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { createAuthFileCredentials } from "../../../lib/host/credentials/auth_files.ts";
import {
  eraseCredential,
  storeCredential,
} from "../../../lib/host/credentials/credential_store.ts";
import { withDirectory } from "../temporary.ts";

const noPermissions = process.platform === "win32" && "the system has no such permissions";
const ACCOUNT = { username: "me", password: "p:w" };

async function readConfig(home: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(home, ".docker", "config.json"), "utf8"));
}

test("storeCredential() keeps an account where createAuthFileCredentials() finds it", async () => {
  await withDirectory(async (home) => {
    for (const registry of ["ghcr.io", "localhost:5000", "docker.io"]) {
      const stored = await storeCredential(registry, ACCOUNT, { env: {}, home });
      assert.equal(stored.isEncrypted, false);
      const find = createAuthFileCredentials({ env: {}, home });
      assert.deepEqual(await find({ registry, repository: "a" }), ACCOUNT);
    }
    const { auths } = await readConfig(home);
    assert.deepEqual(Object.keys(auths as object), [
      "ghcr.io",
      "localhost:5000",
      "https://index.docker.io/v1/",
    ]);
    assert.deepEqual(await readdir(join(home, ".docker")), ["config.json"]);
  });
});

test("storeCredential() writes for its user's eyes only", { skip: noPermissions }, async () => {
  await withDirectory(async (home) => {
    await mkdir(join(home, ".docker"));
    await writeFile(join(home, ".docker", "config.json"), "{}", { mode: 0o644 });
    await storeCredential("r.io", ACCOUNT, { env: {}, home });
    assert.equal((await stat(join(home, ".docker", "config.json"))).mode & 0o777, 0o600);
  });
});

test("storeCredential() leaves everything else in the config as it was", async () => {
  await withDirectory(async (home) => {
    const env = { DOCKER_CONFIG: home };
    const before = {
      HttpHeaders: { "X-Meta": "1" },
      auths: { "other.io": { auth: "eDp5" } },
      psFormat: "table",
    };
    await writeFile(join(home, "config.json"), JSON.stringify(before));
    await storeCredential("r.io", ACCOUNT, { env });
    const after = JSON.parse(await readFile(join(home, "config.json"), "utf8"));
    assert.deepEqual(after, {
      ...before,
      auths: { ...before.auths, "r.io": { auth: "bWU6cDp3" } },
    });
    assert.equal(await eraseCredential("r.io", { env }), true);
    assert.deepEqual(JSON.parse(await readFile(join(home, "config.json"), "utf8")), before);
    assert.equal(await eraseCredential("r.io", { env }), false);
  });
});

test(
  "storeCredential() writes to the file that a link leads to",
  { skip: noPermissions },
  async () => {
    await withDirectory(async (home) => {
      const real = join(home, "dotfiles.json");
      await writeFile(real, "{}");
      await mkdir(join(home, ".docker"));
      await symlink(real, join(home, ".docker", "config.json"));
      await storeCredential("r.io", ACCOUNT, { env: {}, home });
      assert.match(await readFile(real, "utf8"), /bWU6cDp3/);
    });
  },
);

test("storeCredential() names the config whose directory cannot be made", async () => {
  await withDirectory(async (directory) => {
    const home = join(directory, "file");
    await writeFile(home, "");
    await assert.rejects(storeCredential("r.io", ACCOUNT, { env: {}, home }), {
      message: `Cannot keep credentials in "${
        join(home, ".docker", "config.json")
      }": a part of the path is not a directory`,
    });
  });
});

test("eraseCredential() changes nothing where there is nothing to forget", async () => {
  await withDirectory(async (home) => {
    assert.equal(await eraseCredential("r.io", { env: {}, home }), false);
    assert.deepEqual(await readdir(home), []);
    const path = join(home, "config.json");
    const text = '{"auths": {"other.io": {}}}';
    await writeFile(path, text);
    assert.equal(await eraseCredential("r.io", { env: { DOCKER_CONFIG: home } }), false);
    assert.equal(await readFile(path, "utf8"), text);
  });
});

test("storeCredential() leaves a broken config as it is", async () => {
  await withDirectory(async (home) => {
    const env = { DOCKER_CONFIG: home };
    await writeFile(join(home, "config.json"), "{broken");
    await assert.rejects(storeCredential("r.io", ACCOUNT, { env }), SyntaxError);
    await assert.rejects(eraseCredential("r.io", { env }), SyntaxError);
    assert.equal(await readFile(join(home, "config.json"), "utf8"), "{broken");
    assert.deepEqual(await readdir(home), ["config.json"]);
  });
});

test("storeCredential() and eraseCredential() leave the secret to a helper", {
  skip: noPermissions,
}, async () => {
  await withDirectory(async (home) => {
    const helper = join(home, "docker-credential-fake");
    await writeFile(
      helper,
      `#!/bin/sh\necho "$1 $(cat)" >> "${home}/log"\n[ $1 = store ] || echo '{"Username":"me","Secret":"x"}'\n`,
    );
    await chmod(helper, 0o755);
    const env = { DOCKER_CONFIG: home, PATH: `${home}${delimiter}${process.env["PATH"]}` };
    for (const config of [{ credsStore: "fake" }, { credHelpers: { "r.io": "fake" } }]) {
      await writeFile(join(home, "config.json"), JSON.stringify(config));
      await writeFile(join(home, "log"), "");
      const stored = await storeCredential("r.io", ACCOUNT, { env });
      assert.deepEqual(stored, { place: "fake", isEncrypted: true });
      const text = await readFile(join(home, "config.json"), "utf8");
      assert.deepEqual(JSON.parse(text), { ...config, auths: { "r.io": {} } });
      assert.equal(await eraseCredential("r.io", { env }), true);
      assert.equal(
        await readFile(join(home, "log"), "utf8"),
        'store {"ServerURL":"r.io","Username":"me","Secret":"p:w"}\nget r.io\nerase r.io\n',
      );
    }
  });
});

test(
  "storeCredential() changes nothing where the helper fails",
  { skip: noPermissions },
  async () => {
    await withDirectory(async (home) => {
      const env = { DOCKER_CONFIG: home, PATH: "/nowhere" };
      await writeFile(join(home, "config.json"), '{"credsStore":"fake"}');
      await assert.rejects(storeCredential("r.io", ACCOUNT, { env }), { name: "HelperError" });
      assert.equal(await readFile(join(home, "config.json"), "utf8"), '{"credsStore":"fake"}');
    });
  },
);
