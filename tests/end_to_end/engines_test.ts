import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { appendlayer } from "./appendlayer.ts";
import { type Family, putBase, putIndex, tarOfFiles } from "./base_image.ts";
import { CONTAINERD_NEEDS, pullAndRun, withContainerd } from "./containerd.ts";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { checkImage } from "./image_checker.ts";
import { layoutStore, registryStore } from "./image_store.ts";
import { succeed, testWith } from "./program.ts";
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
