import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { encodeBase64 } from "../../../lib/base/base64.ts";
import {
  containersAuthPaths,
  createAuthFileCredentials,
  dockerConfigPath,
} from "../../../lib/host/credentials/auth_files.ts";
import { withDirectory } from "../temporary.ts";

const REQUEST = { registry: "r.io", repository: "acme/app" };

function config(username: string): string {
  return JSON.stringify({ auths: { "r.io": { auth: encodeBase64(`${username}:p`) } } });
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** Where credentials may be, the first that counts first; each but the first is written as a file. */
const PLACES = ["inline", "named", "docker", "runtime", "config", "home"] as const;
type Place = typeof PLACES[number];

async function findIn(
  home: string,
  places: readonly Place[],
  text: (place: Place) => string = config,
): Promise<unknown> {
  const files: Record<Place, string> = {
    inline: "",
    named: join(home, "named.json"),
    docker: join(home, "docker", "config.json"),
    runtime: join(home, "run", "containers", "auth.json"),
    config: join(home, "xdg", "containers", "auth.json"),
    home: join(home, ".docker", "config.json"),
  };
  for (const place of places) if (files[place] !== "") await put(files[place], text(place));
  const env: Record<string, string> = {
    XDG_RUNTIME_DIR: join(home, "run"),
    XDG_CONFIG_HOME: join(home, "xdg"),
  };
  if (places.includes("inline")) env["DOCKER_AUTH_CONFIG"] = text("inline");
  if (places.includes("named")) env["REGISTRY_AUTH_FILE"] = files.named;
  if (places.includes("docker")) env["DOCKER_CONFIG"] = dirname(files.docker);
  return await createAuthFileCredentials({ env, home })(REQUEST);
}

for (const [index, place] of PLACES.entries()) {
  test(`createAuthFileCredentials() finds what is in ${place}, before what comes after it`, async () => {
    await withDirectory(async (home) => {
      const others = PLACES.slice(index + 1).filter((other) =>
        place !== "docker" || other !== "home"
      );
      assert.deepEqual(await findIn(home, [place, ...others]), { username: place, password: "p" });
    });
  });
}

test("createAuthFileCredentials() goes on where a file does not know the registry", async () => {
  await withDirectory(async (home) => {
    const found = await findIn(
      home,
      ["inline", "runtime", "home"],
      (place) => place === "home" ? config(place) : '{"auths":{"other.io":{"auth":"eDp5"}}}',
    );
    assert.deepEqual(found, { username: "home", password: "p" });
  });
});

test("createAuthFileCredentials() leaves the home alone where DOCKER_CONFIG names a directory", async () => {
  await withDirectory(async (home) => {
    await put(join(home, ".docker", "config.json"), config("home"));
    const env = { DOCKER_CONFIG: join(home, "empty") };
    assert.equal(await createAuthFileCredentials({ env, home })(REQUEST), undefined);
  });
});

test("createAuthFileCredentials() takes empty variables and files for none", async () => {
  await withDirectory(async (home) => {
    await put(join(home, ".docker", "config.json"), "\n");
    const env = {
      DOCKER_AUTH_CONFIG: "",
      REGISTRY_AUTH_FILE: "",
      DOCKER_CONFIG: "",
      XDG_RUNTIME_DIR: "",
    };
    assert.equal(await createAuthFileCredentials({ env, home })(REQUEST), undefined);
  });
});

test("createAuthFileCredentials() finds what is for a host on its usual port, the port's own first", async () => {
  const auths = { "r:443": "port", "r": "plain", "s": "plain", "[::1]": "six", "t:5000": "other" };
  const entries = Object.entries(auths).map(([host, name]) =>
    [host, { auth: encodeBase64(`${name}:p`) }] as const
  );
  const env = { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: Object.fromEntries(entries) }) };
  const find = createAuthFileCredentials({ env, home: "/no" });
  const found: [registry: string, username: string | undefined][] = [
    ["r:443", "port"],
    ["s:443", "plain"],
    ["[::1]:443", "six"],
    ["t:443", undefined],
    ["s:5000", undefined],
    ["s:1443", undefined],
  ];
  for (const [registry, username] of found) {
    const expected = username && { username, password: "p" };
    assert.deepEqual(await find({ registry, repository: "a" }), expected, registry);
  }
});

test("createAuthFileCredentials() throws where the file that is named is missing", async () => {
  const env = { REGISTRY_AUTH_FILE: "/no/such/auth.json" };
  await assert.rejects(createAuthFileCredentials({ env, home: "/no" })(REQUEST), {
    message: /REGISTRY_AUTH_FILE names it, and it is not there$/,
  });
});

test("createAuthFileCredentials() throws for a broken file, and names it", async () => {
  await withDirectory(async (home) => {
    await assert.rejects(findIn(home, ["home"], () => "{"), {
      name: "SyntaxError",
      message: /config\.json": it is not JSON$/,
    });
  });
});

test(
  "createAuthFileCredentials() throws for a file that may not be read",
  { skip: process.getuid?.() === 0 && "root may read everything" },
  async () => {
    await withDirectory(async (home) => {
      const path = join(home, ".docker", "config.json");
      await put(path, config("x"));
      await chmod(path, 0);
      await assert.rejects(
        createAuthFileCredentials({ env: {}, home })(REQUEST),
        /permission denied/,
      );
    });
  },
);

test("createAuthFileCredentials() throws for a helper that is not installed", async () => {
  await withDirectory(async (home) => {
    await assert.rejects(findIn(home, ["home"], () => '{"credsStore":"no-such-helper"}'), {
      name: "HelperError",
    });
  });
});

test(
  "createAuthFileCredentials() asks a helper for a host on its usual port by either name",
  { skip: process.platform === "win32" && "the system runs no shell script" },
  async () => {
    await withDirectory(async (home) => {
      const helper = join(home, "docker-credential-fake");
      const none = "credentials not found in native keychain";
      await put(
        helper,
        `#!/bin/sh\nread host; [ "$host" = r ] || { echo "${none}"; exit 1; }\necho '{"Username":"me","Secret":"x"}'\n`,
      );
      await chmod(helper, 0o755);
      const env = {
        DOCKER_AUTH_CONFIG: '{"credsStore":"fake"}',
        PATH: `${home}${delimiter}${process.env["PATH"]}`,
      };
      const find = createAuthFileCredentials({ env, home });
      const expected = { username: "me", password: "x" };
      assert.deepEqual(await find({ registry: "r:443", repository: "a" }), expected);
      assert.equal(await find({ registry: "s:443", repository: "a" }), undefined);
    });
  },
);

test("createAuthFileCredentials() finds what podman leaves in the user's directory, before Docker's", async () => {
  await withDirectory(async (home) => {
    await put(join(home, ".config", "containers", "auth.json"), config("podman"));
    await put(join(home, ".docker", "config.json"), config("docker"));
    const expected = { username: "podman", password: "p" };
    const env = { XDG_RUNTIME_DIR: join(home, "run") };
    assert.deepEqual(await createAuthFileCredentials({ env, home })(REQUEST), expected);
  });
});

test("containersAuthPaths() is where podman and skopeo write", () => {
  const home = "/home/me";
  const usual = join(home, ".config", "containers", "auth.json");
  assert.deepEqual(containersAuthPaths({}, { home, user: 1000 }), [
    join("/run", "containers", "1000", "auth.json"),
    usual,
  ]);
  assert.deepEqual(containersAuthPaths({ XDG_RUNTIME_DIR: "" }, { home, user: undefined }), [
    usual,
  ]);
  const env = { XDG_RUNTIME_DIR: "/run/user/1000", XDG_CONFIG_HOME: "/xdg" };
  assert.deepEqual(containersAuthPaths(env, { home, user: 1000 }), [
    join("/run/user/1000", "containers", "auth.json"),
    join("/xdg", "containers", "auth.json"),
  ]);
});

test("dockerConfigPath() is where docker login writes", () => {
  assert.equal(dockerConfigPath({}, "/home/me"), join("/home/me", ".docker", "config.json"));
  assert.equal(dockerConfigPath({ DOCKER_CONFIG: "/c" }, "/home/me"), join("/c", "config.json"));
});
