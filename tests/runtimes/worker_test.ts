import assert from "node:assert/strict";
import { putIndex, tarOfFiles } from "../end_to_end/base_image.ts";
import { REGISTRY_NEEDS, USER, withRegistry } from "../end_to_end/docker_registry.ts";
import { checkImage, listLayer } from "../end_to_end/image_checker.ts";
import { registryStore } from "../end_to_end/image_store.ts";
import { testWith } from "../end_to_end/program.ts";
import { openRegistry } from "../end_to_end/registry_http.ts";
import { withDirectory } from "../end_to_end/scratch.ts";
import { installMiniflare, withWorker } from "./miniflare.ts";

const SECRET = "open sesame, and again";

testWith(
  [...REGISTRY_NEEDS.htpasswd, "npm"],
  "a Cloudflare Worker appends what is sent to it",
  () =>
    withRegistry("htpasswd", (registry) =>
      withDirectory(async (directory) => {
        await installMiniflare(directory);
        const store = registryStore(await openRegistry(registry), "acme/site");
        await putIndex(store, "oci", "1");
        const tar = await tarOfFiles({ "index.html": "<h1>Hello</h1>\n" });
        const bindings = {
          IMAGE: `${registry.host}/acme/site`,
          SECRET,
          REGISTRY_USER: USER.username,
          REGISTRY_PASSWORD: USER.password,
        };
        await withWorker(directory, { program: "worker.ts", bindings }, async ({ url }) => {
          const put = async (
            query: string,
            body: Uint8Array<ArrayBuffer>,
            secret = SECRET,
          ): Promise<Response> =>
            await fetch(`${url}?${query}`, {
              method: "PUT",
              body,
              headers: { authorization: `Bearer ${secret}` },
            });
          const done = await put("from=1&to=2", tar);
          const result = await done.json();
          assert.equal(done.status, 200, JSON.stringify(result));
          const { digest, images } = await checkImage(store, "2");
          assert.equal(result.digest, digest);
          for (const { layers } of images) {
            assert.deepEqual([...listLayer(layers.at(-1) ?? tar).keys()], ["index.html"]);
          }

          const refused = await put(
            "from=1&to=3",
            new TextEncoder().encode("no tar\n".repeat(200)),
          );
          assert.equal(refused.status, 422);
          assert.match((await refused.json()).error, /not a (?:whole )?tar/);
          await assert.rejects(store.getManifest("3"), /404/);
          const missing = await put("from=none&to=3", tar);
          assert.equal(missing.status, 404, await missing.text());
          const stranger = await put("from=1&to=3", tar, "guess");
          assert.equal(stranger.status, 401, await stranger.text());
        });
        // Without a secret, or with one that is soon guessed, nobody pushes.
        for (const weak of [undefined, "short"]) {
          const { SECRET: _, ...others } = bindings;
          const weakened = weak === undefined ? others : { ...others, SECRET: weak };
          await withWorker(
            directory,
            { program: "worker.ts", bindings: weakened },
            async ({ url }) => {
              const headers = { authorization: `Bearer ${weak}` };
              const answer = await fetch(`${url}?from=1&to=4`, {
                method: "PUT",
                body: tar,
                headers,
              });
              assert.equal(answer.status, 500);
              assert.match(
                (await answer.json()).error,
                /^the Worker's SECRET is missing, or has fewer/,
              );
            },
          );
        }
        await assert.rejects(store.getManifest("4"), /404/);
      })),
);
