/** `install.sh` in more than one shell, with release files from a local server. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { exec, succeed, testWith } from "./program.ts";
import { withDirectory } from "./scratch.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/install/install.sh", import.meta.url));
const NAME = `appendlayer-linux-${process.arch}`;
const PROGRAM = '#!/bin/sh\n[ "$1" = --version ] && echo 9.8.7\n';

const SHELLS: readonly (readonly [programs: readonly string[], command: readonly string[]])[] = [
  [["dash", "curl", "xz"], ["dash"]],
  [["bash", "curl", "xz"], ["bash", "--posix"]],
  [["busybox", "xz"], ["busybox", "sh"]],
];
const PACK = fileURLToPath(new URL("../../scripts/install/pack.sh", import.meta.url));

/** Serves release files. */
async function withRelease(
  files: Readonly<Record<string, Uint8Array | string>>,
  action: (url: string, asked: readonly string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = (request.url ?? "").slice("/release/".length);
    asked.push(name);
    const file = files[name];
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await action(`http://127.0.0.1:${(server.address() as AddressInfo).port}/release`, asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function sums(files: Readonly<Record<string, Uint8Array | string>>): string {
  return Object.entries(files).map(([name, bytes]) =>
    `${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`
  ).join("");
}

/** A folder with links to what busybox has, and nothing else. */
async function busyboxOnly(directory: string): Promise<string> {
  const path = join(directory, "applets");
  await mkdir(path);
  const busybox = await findBusybox();
  for (const applet of await listApplets()) await symlink(busybox, join(path, applet));
  return path;
}

async function findBusybox(): Promise<string> {
  return (await succeed(["sh", "-c", "command -v busybox"], {})).trim();
}

async function listApplets(): Promise<string[]> {
  return (await succeed(["busybox", "--list"], {})).trim().split("\n");
}

for (const [programs, command] of SHELLS) {
  testWith(programs, `install.sh installs in ${command.join(" ")}`, async () => {
    await withDirectory(async (directory) => {
      const files = await pack(directory);
      const { [`${NAME}.xz`]: _xz, ...withoutXz } = files;
      const isBusybox = command[0] === "busybox";
      const [, ...rest] = command;
      const path = isBusybox ? await busyboxOnly(directory) : process.env["PATH"] ?? "";
      const shell = isBusybox ? [join(path, "busybox"), ...rest] : command;
      const target = join(directory, "my bin");
      await withRelease(files, async (url, asked) => {
        const env = { PATH: path, HOME: directory };
        const args = ["--version", "v9.8.7", `--dir=${target}`, "--from", `${url}/`];
        const { code, stderr } = await exec([...shell, SCRIPT, ...args], { env });
        assert.equal(code, 0, stderr);
        assert.match(stderr, /appendlayer 9\.8\.7 is in .*my bin \(checksum verified\)/);
        assert.match(stderr, /is not in PATH/);
        assert.deepEqual(await readdir(target), ["appendlayer"]);
        assert.equal(await readFile(join(target, "appendlayer"), "utf8"), PROGRAM);
        assert.match(asked[1] ?? "", /\.(?:xz|gz)$/);
        const wrong = await exec([...shell, SCRIPT, "--version=1.0.0", "--from", url], { env });
        assert.equal(wrong.code, 1);
        assert.match(wrong.stderr, /it is version 9\.8\.7, not 1\.0\.0/);
        assert.deepEqual(await readdir(join(directory, ".local", "bin")), []);
      });
      await withRelease({ ...withoutXz, SHA256SUMS: sums(withoutXz) }, async (url, asked) => {
        const env = { PATH: path, HOME: directory };
        const { code, stderr } = await exec([...shell, SCRIPT, "--from", url], { env });
        assert.equal(code, 0, stderr);
        assert.deepEqual(asked, ["SHA256SUMS", `${NAME}.gz`]);
      });
      // What was changed on the way, packed or listed wrongly, is not installed.
      for (
        const bad of [
          { ...files, SHA256SUMS: sums({ ...files, [`${NAME}.xz`]: "x", [`${NAME}.gz`]: "x" }) },
          { ...files, SHA256SUMS: sums({ ...files, [NAME]: "x" }) },
          { ...files, SHA256SUMS: sums({ other: "x" }) },
          { ...files, SHA256SUMS: "" },
        ]
      ) {
        await withRelease(bad, async (url) => {
          const env = { PATH: path, HOME: directory };
          const args = ["--dir", join(directory, "bad"), "--from", url];
          const { code, stderr } = await exec([...shell, SCRIPT, ...args], { env });
          assert.equal(code, 1, stderr);
          assert.match(stderr, /install: Cannot (?:use|find|download) /);
          assert.deepEqual(await readdir(join(directory, "bad")).catch(() => []), []);
        });
      }
    });
  });
}

/** A release as the workflow makes it. */
async function pack(directory: string): Promise<Record<string, Uint8Array | string>> {
  const dist = join(directory, "dist");
  await mkdir(dist);
  await writeFile(join(dist, NAME), PROGRAM);
  await succeed(["sh", PACK, dist, "acme/tool"], {});
  const files: Record<string, Uint8Array | string> = {};
  for (const name of await readdir(dist)) files[name] = await readFile(join(dist, name));
  assert.deepEqual(Object.keys(files).sort(), [
    "SHA256SUMS",
    NAME,
    `${NAME}.gz`,
    `${NAME}.xz`,
    "install.ps1",
    "install.sh",
  ]);
  for (const name of ["install.sh", "install.ps1"]) {
    assert.match(await readFile(join(dist, name), "utf8"), /acme\/tool/);
  }
  return files;
}

testWith(
  ["root", "chroot", "busybox"],
  "install.sh says which C library is missing, and what musl's executable needs",
  async () => {
    await withDirectory(async (root) => {
      for (const folder of ["bin", "dev", "lib", "tmp"]) await mkdir(join(root, folder));
      await copyFile(await findBusybox(), join(root, "bin", "busybox"));
      for (const applet of await listApplets()) {
        await symlink("/bin/busybox", join(root, "bin", applet)).catch(() => {});
      }
      await copyFile(SCRIPT, join(root, "install.sh"));
      const name = `${NAME}-musl`;
      const files = { [name]: "#!/bin/sh\nprintf 'one\\ntwo\\n' >&2; exit 127\n" };
      const release = { ...files, SHA256SUMS: sums(files) };
      await withRelease(release, async (url, asked) => {
        const install = (): ReturnType<typeof exec> =>
          exec(["chroot", root, "/bin/sh", "/install.sh", "--dir", "/my", "--from", url], {
            env: { PATH: `/bin:${process.env["PATH"]}`, HOME: "/" },
          });
        const none = await install();
        assert.equal(none.code, 1);
        assert.match(none.stderr, /Cannot install here: there is neither glibc nor musl/);
        assert.deepEqual(asked, [], "nothing is downloaded");
        await writeFile(join(root, "lib", "ld-musl-x86_64.so.1"), "");
        const musl = await install();
        assert.equal(musl.code, 1);
        assert.match(
          musl.stderr,
          /^one\ninstall: Cannot run .*-musl here: .* apk add libstdc\+\+/m,
        );
        assert.deepEqual(asked, ["SHA256SUMS", name]);
        assert.deepEqual(await readdir(join(root, "my")), []);
      });
    });
  },
);
