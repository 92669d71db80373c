import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CustomFile, Image, RegistryClient } from "../../lib/entries/container_image_builder.ts";
import { copyImage } from "../../mod.ts";
import { appendlayer, DENO } from "./appendlayer.ts";
import { putBase, putIndex } from "./base_image.ts";
import { CONTAINERD_NEEDS, pullAndRun, withContainerd } from "./containerd.ts";
import { REGISTRY_NEEDS, USER, withRegistry } from "./docker_registry.ts";
import { checkImage } from "./image_checker.ts";
import { digestOf, layoutStore, registryStore } from "./image_store.ts";
import { succeed, testWith } from "./program.ts";
import { openRegistry } from "./registry_http.ts";
import { withDirectory } from "./scratch.ts";

/** The example of container-image-builder's README, with its import, its registries and nothing else changed. */
function readmeExample(module: string, registry: string): string {
  return `
import { Image } from ${JSON.stringify(module)};

;(async()=>{
const image = new Image('${registry}/library/node:lts-slim','${registry}/my-project/my-image')

// add local files to the image.
await image.addFiles({'/directory-root-for-files-in-container':"./"})

// creates a layer in the image with files like
// /directory-root-for-files-in-container/[the files in ./]

// set the default working directory for commands
image.WorkingDir = "/directory-root-for-files-in-container"
// set the default command to run in the container
image.Cmd = ["node","index.js"]
// append environment variables.
image.Env = []

// save the new image at latest
const result = await image.save()

console.log(result)
})();
`;
}

/** What runs as \`node\` in a base that has nothing but a shell. */
const NODE = new CustomFile({ mode: 0o755, data: '#!/bin/sh\nexec sh "$@"\n' });

testWith(
  [...REGISTRY_NEEDS.open, ...CONTAINERD_NEEDS],
  "containerd runs what container-image-builder's README example makes",
  () =>
    withRegistry("open", (registry) =>
      withDirectory(async (directory) => {
        const store = registryStore(await openRegistry(registry), "library/node");
        await putBase(store, "docker", "busybox");
        const base = `${registry.host}/library/node`;
        const node = new Image(`${base}:busybox`, `${base}:lts-slim`);
        await node.addFiles({ "/bin/node": NODE });
        await node.save();

        const project = join(directory, "project");
        await mkdir(join(project, "lib"), { recursive: true });
        await writeFile(join(project, "index.js"), 'echo "hello from $PWD"; cat lib/part.js\n');
        await writeFile(join(project, "lib", "part.js"), "and its files\n");
        const program = join(directory, "example.ts");
        const module =
          new URL("../../lib/entries/container_image_builder.ts", import.meta.url).href;
        await writeFile(program, readmeExample(module, registry.host));
        const [deno = ""] = DENO.command;
        const printed = await succeed([deno, "run", "-A", "--no-check", program], { cwd: project });
        assert.match(printed, /status: 201/);

        const target = registryStore(await openRegistry(registry), "my-project/my-image");
        const { digest } = await checkImage(target, "latest");
        assert.ok(printed.includes(digest));
        await withContainerd(async (ctr) => {
          assert.equal(
            await pullAndRun(ctr, `${registry.host}/my-project/my-image:latest`),
            "hello from /directory-root-for-files-in-container\nand its files\n",
          );
        });
      })),
);

testWith(
  [...REGISTRY_NEEDS.htpasswd],
  "a registry client speaks to docker-registry, call by call",
  () =>
    withRegistry("htpasswd", async (registry) => {
      const auth = { Username: USER.username, Secret: USER.password };
      const client = new RegistryClient(registry.host, "acme/app", auth);
      const hello = new TextEncoder().encode("hello world");
      const { digest, contentLength } = await client.upload(hello);
      assert.equal(digest, digestOf(hello));
      assert.equal(contentLength, hello.length);
      assert.equal(await client.blobExists(digest), true);
      assert.equal(`${await client.blob(digest)}`, "hello world");
      const config = await client.upload('{"rootfs":{"type":"layers","diff_ids":[]}}');
      const manifest = {
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: {
          mediaType: "application/vnd.oci.image.config.v1+json",
          digest: config.digest,
          size: config.contentLength,
        },
        layers: [],
      };
      const uploaded = await client.manifestUpload("1", manifest);
      assert.equal(uploaded.status, 201);
      assert.deepEqual(await client.manifest(uploaded.digest), manifest);
      assert.deepEqual((await client.tags()).tags, ["1"]);
      const other = new RegistryClient(registry.host, "acme/other", auth);
      assert.equal(await other.mount(digest, "acme/app"), true);
      assert.equal(await other.blobExists(digest), true);
      await assert.rejects(new RegistryClient(registry.host, "acme/app", {}).tags(), {
        name: "AuthError",
      });
    }),
);

testWith(
  [...REGISTRY_NEEDS.open, "skopeo"],
  "an index is copied between registries and layouts, and skopeo reads it",
  () =>
    withRegistry("open", (from) =>
      withRegistry("open", (to) =>
        withDirectory(async (directory) => {
          await putIndex(registryStore(await openRegistry(from), "acme/app"), "oci", "1");
          const layout = join(directory, "image");
          const there = await copyImage(`${from.host}/acme/app:1`, `${to.host}/copies/app:2`);
          const { code, stdout, stderr } = await appendlayer(
            ["copy", `${to.host}/copies/app:2`, `oci:${layout}:3`],
          );
          assert.equal(code, 0, stderr);
          assert.equal(stdout, `oci:${layout}:3@${there.digest}\n`);
          await checkImage(registryStore(await openRegistry(to), "copies/app"), "2");
          const { digest } = await checkImage(layoutStore(layout), "3");
          assert.equal(digest, there.digest);
          const raw = await succeed(["skopeo", "inspect", "--raw", `oci:${layout}:3`]);
          assert.equal(digestOf(new TextEncoder().encode(raw)), digest);
          const index = JSON.parse(await readFile(join(layout, "index.json"), "utf8"));
          assert.equal(index.manifests.length, 1);
        }))),
);
