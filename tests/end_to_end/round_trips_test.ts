import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { appendlayer } from "./appendlayer.ts";
import { putBase, tarOfFiles } from "./base_image.ts";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { checkImage } from "./image_checker.ts";
import { registryStore } from "./image_store.ts";
import { withDirectory } from "./scratch.ts";
import { testWith } from "./program.ts";
import { withProxy } from "./recording_proxy.ts";
import { openRegistry } from "./registry_http.ts";

testWith(
  REGISTRY_NEEDS.open,
  "a small layer into the same repository takes at most 8 requests and 4 steps that wait for each other",
  () =>
    withRegistry("open", (registry) =>
      withDirectory(async (cache) => {
        const store = registryStore(await openRegistry(registry), "acme/app");
        await putBase(store, "oci", "base");
        const base = await checkImage(store, "base");
        const tar = await tarOfFiles({ "hello.txt": "hello\n" });
        await withProxy(registry.host, async (proxy) => {
          const image = `${proxy.host}/acme/app`;
          const env = { SOURCE_DATE_EPOCH: "1700000000", APPENDLAYER_CACHE: cache };
          const append = async (tag: string, ...options: readonly string[]): Promise<void> => {
            const { code, stderr } = await appendlayer(
              [`${image}:base`, `${image}:${tag}`, ...options],
              { input: tar, env },
            );
            assert.equal(code, 0, stderr);
          };
          await append("new");
          const { images: [after] } = await checkImage(store, "new");
          const layer = after?.manifest.layers.at(-1).digest;
          const log = proxy.requests.map(({ step, method, path, status }) =>
            `${step} ${method} ${path} ${status}`
          ).join("\n");
          assert.ok(proxy.requests.length <= 8, log);
          assert.ok(Math.max(...proxy.requests.map((request) => request.step)) <= 4, log);
          assert.ok(
            proxy.requests.some(({ method, path }) => method === "HEAD" && path.endsWith(layer)),
            log,
          );
          assert.equal(
            proxy.requests.at(-1)?.path,
            "/v2/acme/app/manifests/new",
            "the tag is written last",
          );
          for (const { digest } of base.images[0]?.manifest.layers ?? []) {
            assert.ok(
              proxy.requests.every(({ path }) => !path.includes(digest)),
              `a base layer was asked for:\n${log}`,
            );
          }

          // The config of a base that was changed before is known: a step less, which all others wait for.
          proxy.reset();
          await append("later", "--chown", "7:7");
          const later = proxy.requests.map(({ step, method, path }) => `${step} ${method} ${path}`);
          assert.ok(later.length <= 7, later.join("\n"));
          assert.ok(Math.max(...proxy.requests.map(({ step }) => step)) <= 3, later.join("\n"));

          // Where programs of an image that runs as root only read, nothing is asked of the base, and nothing waited for.
          proxy.reset();
          const readme = fileURLToPath(new URL("../../README.md", import.meta.url));
          await append("added", "--add", `${readme}:/usr/share/nginx/html/README.md`);
          const added = proxy.requests.map(({ step, method, path }) => `${step} ${method} ${path}`);
          assert.ok(added.length <= 8, added.join("\n"));
          assert.ok(Math.max(...proxy.requests.map(({ step }) => step)) <= 4, added.join("\n"));
          for (const { digest } of base.images[0]?.manifest.layers ?? []) {
            assert.ok(added.every((line) => !line.includes(digest)), added.join("\n"));
          }

          proxy.reset();
          await append("again");
          const again = proxy.requests.map(({ step, method, path, sent }) =>
            `${step} ${method} ${path} ${sent}`
          ).join("\n");
          const uploads = proxy.requests.filter(({ path, sent }) =>
            path.includes("/blobs/uploads/") && sent > 0
          );
          assert.deepEqual(uploads, [], `blobs that are there were sent:\n${again}`);
        });
      })),
);
