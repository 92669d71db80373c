import assert from "node:assert/strict";
import { statfsSync } from "node:fs";
import { mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { appendlayer } from "./appendlayer.ts";
import { type Family, putBase, putIndex, tarOfFiles } from "./base_image.ts";
import { CONTAINERD_NEEDS, pullAndRun, withContainerd } from "./containerd.ts";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { checkImage } from "./image_checker.ts";
import { layoutStore, registryStore } from "./image_store.ts";
import { exec, succeed, testWith } from "./program.ts";
import { openRegistry } from "./registry_http.ts";
import { withDirectory } from "./scratch.ts";

testWith(
  [...REGISTRY_NEEDS.open, ...CONTAINERD_NEEDS],
  "containerd runs an image with an appended file",
  () =>
    withRegistry("open", async (registry) => {
      const store = registryStore(await openRegistry(registry), "acme/app");
      const tar = await tarOfFiles({ "hello.txt": "hello from a layer\n" });
      await putBase(store, "oci", "oci");
      await putBase(store, "docker", "docker");
      await putIndex(store, "oci", "index");
      const image = `${registry.host}/acme/app`;
      await withContainerd(async (ctr) => {
        for (const base of ["oci", "docker", "index"]) {
          const { code, stderr } = await appendlayer([`${image}:${base}`, `${image}:${base}-new`], {
            input: tar,
          });
          assert.equal(code, 0, stderr);
          assert.equal(
            await pullAndRun(ctr, `${image}:${base}-new`, "cat", "/hello.txt", "/etc/architecture"),
            "hello from a layer\namd64\n",
          );
        }
      });
    }),
);

testWith(
  ["skopeo", "umoci"],
  "umoci and skopeo take the OCI layout",
  () =>
    withDirectory(async (directory) => {
      const layout = join(directory, "image");
      const tar = await tarOfFiles({ "hello.txt": "hello from a layer\n" });
      await putBase(layoutStore(layout), "oci", "base");
      const { code, stdout, stderr } = await appendlayer([
        `oci:${layout}:base`,
        `oci:${layout}:new`,
      ], { input: tar });
      assert.equal(code, 0, stderr);
      const { digest } = await checkImage(layoutStore(layout), "new");
      assert.equal(stdout, `oci:${layout}:new@${digest}\n`);
      const bundle = join(directory, "bundle");
      await succeed(["umoci", "unpack", "--rootless", "--image", `${layout}:new`, bundle]);
      assert.equal(
        await readFile(join(bundle, "rootfs", "hello.txt"), "utf8"),
        "hello from a layer\n",
      );
      assert.equal(await readFile(join(bundle, "rootfs", "etc/architecture"), "utf8"), "amd64\n");
      await succeed([
        "skopeo",
        "--insecure-policy",
        "copy",
        `oci:${layout}:new`,
        `dir:${join(directory, "copy")}`,
      ]);
    }),
);

/** `statfs(2)`: overlays cannot be stacked, and Podman's way to store images by them does not work on one. */
const OVERLAYFS_SUPER_MAGIC = 0x794c7630;
const OVERLAY_NEEDS = statfsSync(tmpdir()).type === OVERLAYFS_SUPER_MAGIC
  ? ["podman", "root", "a disk without overlays"]
  : ["podman", "root"];

/** Lends the files of the image `new` as Podman shows them, with overlays in a store of its own. */
async function withPodman(layout: string, action: (root: string) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    const store = join(directory, "root");
    const podman = async (...args: string[]): Promise<string> => {
      const place = ["--root", store, "--runroot", join(directory, "run")];
      const command = ["podman", ...place, "--storage-driver", "overlay", ...args];
      return (await succeed(command, { cwd: dirname(layout) })).trim();
    };
    try {
      // It makes a repository's name of the path, which must have no capitals.
      const id = await podman("pull", "--quiet", `oci:${basename(layout)}:new`);
      const root = await podman("image", "mount", id);
      try {
        await action(root);
      } finally {
        await podman("image", "unmount", id);
      }
    } finally {
      // Podman binds it to itself and leaves it so.
      await exec(["umount", join(store, "overlay")]);
    }
  });
}

/** Lends the files of the image `new` as umoci unpacks them. */
async function withUmoci(layout: string, action: (root: string) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    const bundle = join(directory, "bundle");
    await succeed(["umoci", "unpack", "--image", `${layout}:new`, bundle]);
    await action(join(bundle, "rootfs"));
  });
}

for (
  const { engine, needs, withRoot } of [
    { engine: "Podman", needs: OVERLAY_NEEDS, withRoot: withPodman },
    { engine: "umoci", needs: ["umoci", "root"], withRoot: withUmoci },
  ]
) {
  testWith(
    needs,
    `${engine} shows what is put where something of the base is deleted, and nothing else there`,
    () =>
      withDirectory(async (directory) => {
        const layout = join(directory, "image");
        await putBase(layoutStore(layout), "oci", "base");
        const added = join(directory, "added");
        await mkdir(join(added, "etc", "own"), { recursive: true, mode: 0o750 });
        await writeFile(join(added, "etc", "own", "new"), "new");
        await symlink("own/new", join(added, "etc", "link"));
        const { code, stderr } = await appendlayer([
          `oci:${layout}:base`,
          `oci:${layout}:new`,
          ...["--delete", "/etc/passwd", "--delete", "/etc", "--add", `${added}:/`],
          ...["--delete", "/bin", "--add", `${added}/etc/own/new:/bin`],
          ...["--add", `${added}/etc/own/new:/tmp/`],
        ]);
        assert.equal(code, 0, stderr);
        await withRoot(layout, async (root) => {
          assert.deepEqual((await readdir(root)).sort(), ["bin", "etc", "tmp"]);
          assert.deepEqual((await readdir(join(root, "etc"))).sort(), ["link", "own"]);
          assert.equal(await readFile(join(root, "etc", "link"), "utf8"), "new");
          assert.equal(await readFile(join(root, "bin"), "utf8"), "new");
          const modes = ["tmp", "etc/own"].map(async (path) =>
            ((await stat(join(root, path))).mode & 0o7777).toString(8)
          );
          assert.deepEqual(await Promise.all(modes), ["1777", "750"]);
        });
      }),
  );

  testWith(
    needs,
    `${engine} shows the directories and links of a base that was read as they were`,
    () =>
      withDirectory(async (directory) => {
        const layout = join(directory, "image");
        const added = join(directory, "added");
        await mkdir(join(added, "srv", "app"), { recursive: true, mode: 0o750 });
        await mkdir(join(added, "run"));
        await symlink("/run", join(added, "var-run"));
        await writeFile(join(added, "run", "old"), "old");
        for (
          const args of [
            ["scratch", `oci:${layout}:base`, "--add", `${added}:/`, "--chown", "7:8"],
            [
              ...[`oci:${layout}:base`, `oci:${layout}:new`, "--read-base"],
              ...[
                "--add",
                `${added}/run/old:/srv/app/new`,
                "--add",
                `${added}/run/old:/var-run/new`,
              ],
            ],
          ]
        ) {
          const { code, stderr } = await appendlayer(args);
          assert.equal(code, 0, stderr);
        }
        await withRoot(layout, async (root) => {
          const { mode, uid, gid } = await stat(join(root, "srv", "app"));
          assert.deepEqual([mode & 0o7777, uid, gid], [0o750, 7, 8]);
          assert.equal(await readlink(join(root, "var-run")), "/run");
          assert.deepEqual((await readdir(join(root, "run"))).sort(), ["new", "old"]);
        });
      }),
  );
}

testWith(
  ["umoci"],
  "an image starts from scratch in a layout that does not exist yet",
  () =>
    withDirectory(async (directory) => {
      const layout = join(directory, "image");
      const tar = await tarOfFiles({ "hello.txt": "hello from scratch\n" });
      const { code, stderr } = await appendlayer(
        ["scratch", `oci:${layout}:1`, "--platform", "linux/arm64", "--cmd", "/hello"],
        { input: tar },
      );
      assert.equal(code, 0, stderr);
      const { images: [image] } = await checkImage(layoutStore(layout), "1");
      assert.equal(image?.config.architecture, "arm64");
      assert.equal(image?.config.os, "linux");
      const bundle = join(directory, "bundle");
      await succeed(["umoci", "unpack", "--rootless", "--image", `${layout}:1`, bundle]);
      assert.equal(
        await readFile(join(bundle, "rootfs", "hello.txt"), "utf8"),
        "hello from scratch\n",
      );
    }),
);

testWith(
  [...REGISTRY_NEEDS.open],
  "images go from a registry to a layout and back",
  () =>
    withRegistry("open", (registry) =>
      withDirectory(async (directory) => {
        const layout = join(directory, "image");
        const store = registryStore(await openRegistry(registry), "acme/app");
        const tar = await tarOfFiles({ "hello.txt": "hello\n" });
        for (const family of ["oci", "docker"] as Family[]) {
          await putIndex(store, family, family);
          const there = `oci:${layout}:${family}`;
          const back = `${registry.host}/acme/app:${family}-back`;
          for (
            const [base, target] of [[`${registry.host}/acme/app:${family}`, there], [
              there,
              back,
            ]] as const
          ) {
            const { code, stderr } = await appendlayer([base, target], { input: tar });
            assert.equal(code, 0, stderr);
          }
          const { images } = await checkImage(store, `${family}-back`);
          assert.deepEqual(images.map((image) => image.layers.length), [4, 4]);
        }
      })),
);
