import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { main } from "../../../lib/cli/program.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { withDirectory } from "../../host/temporary.ts";
import { createFakeIo, type FakeIo, type FakeIoOptions } from "../fake_io.ts";

const PASSWORD = "secret:with:colons";
const LOGIN = ["login", "registry.test", "--username", "user"];

async function run(
  args: readonly string[],
  { password = PASSWORD, ...options }: FakeIoOptions & { password?: string },
): Promise<{ code: number; io: FakeIo }> {
  const io = createFakeIo({ input: new TextEncoder().encode(password), ...options });
  return { code: await main(args, io), io };
}

for (const kind of ["basic", "bearer"] as const) {
  test(`login keeps an account that the registry takes by ${kind}, and logout forgets it`, async () => {
    await withDirectory(async (directory) => {
      const { fetch } = createFakeRegistry({ auth: { kind, anonymousPull: false } });
      const env = { DOCKER_CONFIG: directory };
      const { code, io } = await run(LOGIN, { fetch, env, password: `${PASSWORD}\n` });
      assert.equal(code, 0, io.errors());
      assert.equal(io.output(), "registry.test\n");
      assert.match(io.errors(), /^appendlayer: warning: The password is in "[^"]*", unencrypted/);
      const config = await readFile(join(directory, "config.json"), "utf8");
      const { auth } = JSON.parse(config).auths["registry.test"];
      assert.equal(atob(auth), `user:${PASSWORD}`);
      const logout = await run(["logout", "registry.test"], { env });
      assert.equal(logout.code, 0, logout.io.errors());
      assert.deepEqual(JSON.parse(await readFile(join(directory, "config.json"), "utf8")), {
        auths: {},
      });
    });
  });

  test(`login keeps nothing that the registry does not take by ${kind}`, async () => {
    await withDirectory(async (directory) => {
      const { fetch } = createFakeRegistry({ auth: { kind, anonymousPull: false } });
      await writeFile(join(directory, "config.json"), "{}");
      const env = { DOCKER_CONFIG: directory };
      const { code, io } = await run(LOGIN, { fetch, env, password: "wrong" });
      assert.equal(code, 1);
      assert.match(
        io.errors(),
        /^appendlayer: Cannot log in to "registry.test": [^\n]*\nmany registries take an access token[^\n]*\n$/,
      );
      assert.ok(!io.errors().includes("wrong"));
      assert.equal(await readFile(join(directory, "config.json"), "utf8"), "{}");
    });
  });
}

test("login takes the switch that other tools have for a password on standard input", async () => {
  for (const inputIsTerminal of [false, true]) {
    await withDirectory(async (directory) => {
      const { fetch } = createFakeRegistry({ auth: { kind: "basic", anonymousPull: false } });
      const env = { DOCKER_CONFIG: directory };
      const args = [...LOGIN, "--password-stdin"];
      const { code, io } = await run(args, { fetch, env, inputIsTerminal });
      assert.equal(code, 0, io.errors());
      const config = await readFile(join(directory, "config.json"), "utf8");
      assert.equal(atob(JSON.parse(config).auths["registry.test"].auth), `user:${PASSWORD}`);
    });
  }
});

test("login asks for the user and the password on a terminal, and shows the password to nobody", async () => {
  await withDirectory(async (directory) => {
    const { fetch } = createFakeRegistry({ auth: { kind: "basic", anonymousPull: false } });
    const answers = { "User: ": "user", "Password: ": PASSWORD };
    const common = { fetch, env: { DOCKER_CONFIG: directory }, inputIsTerminal: true };
    for (const [args, asked] of [[["login", "registry.test"], 2], [LOGIN, 1]] as const) {
      const { code, io } = await run(args, { ...common, answers });
      assert.equal(code, 0, io.errors());
      const both = [{ question: "User: ", hidden: false }, {
        question: "Password: ",
        hidden: true,
      }];
      assert.deepEqual(io.asked, both.slice(-asked));
      assert.match(io.errors(), /The password is in "[^"]*config\.json", unencrypted/);
      assert.ok(!io.errors().includes(PASSWORD));
    }
    for (
      const [user, message] of [["a:b", /has a colon/], ["", /the user .*: it is empty/]] as const
    ) {
      const { code, io } = await run(["login", "registry.test"], {
        ...common,
        answers: { "User: ": user },
      });
      assert.equal(code, 2);
      assert.match(io.errors(), message);
    }
  });
});

test("login says where a registry asks for no account", async () => {
  await withDirectory(async (directory) => {
    const { fetch } = createFakeRegistry();
    const { code, io } = await run(LOGIN, { fetch, env: { DOCKER_CONFIG: directory } });
    assert.equal(code, 0, io.errors());
    assert.match(io.errors(), /"registry.test" asked for no credentials/);
  });
});

test("login and logout name what has credentials for the registry besides, and is used", async () => {
  await withDirectory(async (directory) => {
    const { fetch } = createFakeRegistry({ auth: { kind: "basic", anonymousPull: false } });
    const others = JSON.stringify({ auths: { "registry.test": { auth: btoa("other:x") } } });
    const file = join(directory, "auth.json");
    await writeFile(file, others);
    const env = { DOCKER_CONFIG: directory };
    for (
      const [place, ahead] of [
        ["DOCKER_AUTH_CONFIG", { DOCKER_AUTH_CONFIG: others }],
        [file, { REGISTRY_AUTH_FILE: file }],
      ] as const
    ) {
      const login = await run(LOGIN, { fetch, env: { ...env, ...ahead } });
      assert.equal(login.code, 0, login.io.errors());
      assert.equal(
        login.io.errors().split("\n")[1],
        `appendlayer: warning: "${place}" has credentials for "registry.test" as well; it comes first, so they are used`,
      );
      for (let times = 0; times < 2; times++) {
        const logout = await run(["logout", "registry.test"], { env: { ...env, ...ahead } });
        assert.equal(logout.code, 0, logout.io.errors());
        assert.equal(
          logout.io.errors(),
          `appendlayer: warning: "${place}" still has credentials for "registry.test"\n`,
        );
      }
    }
    // What comes later does not matter to a login.
    const later = { XDG_CONFIG_HOME: join(directory, "config") };
    await mkdir(join(directory, "config", "containers"), { recursive: true });
    await writeFile(join(directory, "config", "containers", "auth.json"), others);
    const login = await run(LOGIN, { fetch, env: { ...env, ...later } });
    assert.doesNotMatch(login.io.errors(), /as well/);
    const logout = await run(["logout", "registry.test"], { env: { ...env, ...later } });
    assert.match(logout.io.errors(), /auth\.json" still has credentials/);
  });
});

test("login and logout warn of what cannot be read besides, since their own work is done", async () => {
  await withDirectory(async (directory) => {
    const { fetch } = createFakeRegistry({ auth: { kind: "basic", anonymousPull: false } });
    const env = { DOCKER_CONFIG: directory, DOCKER_AUTH_CONFIG: "{" };
    const warning =
      'appendlayer: warning: Cannot read credentials from "DOCKER_AUTH_CONFIG": it is not JSON\n';
    const login = await run(LOGIN, { fetch, env });
    assert.equal(login.code, 0, login.io.errors());
    assert.ok(login.io.errors().endsWith(warning));
    assert.equal(login.io.output(), "registry.test\n");
    const logout = await run(["logout", "registry.test"], { env });
    assert.equal(logout.code, 0, logout.io.errors());
    assert.equal(logout.io.errors(), warning);
  });
});

test("logout says where there was nothing to forget", async () => {
  await withDirectory(async (directory) => {
    const { code, io } = await run(["logout", "r.io"], { env: { DOCKER_CONFIG: directory } });
    assert.equal(code, 0);
    assert.equal(io.errors(), 'appendlayer: warning: There were no credentials for "r.io"\n');
  });
});

const USAGE: readonly [
  args: string[],
  message: RegExp,
  options?: FakeIoOptions & { password?: string },
][] = [
  [["login"], /with 0 operands: expected 1/],
  [["login", "r.io"], /--username NAME is missing/],
  [["login", "r.io", "-u", "a:b"], /the user's name has a colon/],
  [["login", "r.io", "-u", "a"], /password on standard input is empty/, { password: "\n" }],
  [["login", "r.io", "-u", "a"], /Cannot read the password from a terminal/, {
    inputIsTerminal: true,
  }],
  [["login", "user@r.io", "-u", "a"], /as a registry: expected "HOST" or "HOST:PORT"/],
  [["login", "r.io/acme", "-u", "a"], /as a registry: expected "HOST" or "HOST:PORT"/],
  [["logout", "a/b"], /as a registry/],
  [["login", "r.io", "--password", "x"], /Cannot use --password: "login" has no such option/],
];

for (const [args, message, options = {}] of USAGE) {
  test(`main() ends with 2 for ${JSON.stringify(args.join(" "))}`, async () => {
    const { code, io } = await run(args, options);
    assert.equal(code, 2, io.errors());
    assert.match(io.errors(), message);
  });
}
