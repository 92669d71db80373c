import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { inspectImage } from "../../lib/image/verbs/inspect.ts";
import { webArchives } from "../../lib/archive/web_archives.ts";
import { createCorsProxy } from "../../examples/browser/cors_proxy.ts";
import { putIndex, tarOfFiles } from "../end_to_end/base_image.ts";
import { REGISTRY_NEEDS, USER, withRegistry } from "../end_to_end/docker_registry.ts";
import { checkImage, listLayer } from "../end_to_end/image_checker.ts";
import { digestOf, registryStore } from "../end_to_end/image_store.ts";
import { DOCKER_NEEDS, dockerEngine } from "../end_to_end/engines/docker_engine.ts";
import { INSTALLED } from "../end_to_end/engines/engine.ts";
import type { FileTree } from "../end_to_end/engines/file_tree.ts";
import { hasProgram, testWith } from "../end_to_end/program.ts";
import { openRegistry } from "../end_to_end/registry_http.ts";
import { withDirectory } from "../end_to_end/scratch.ts";
import { type Evaluate, withPage } from "./chromium.ts";
import { buildPage, withHandler } from "./pages.ts";

/** Fills the form in as a person does, and waits for what the page says. */
async function submit(
  evaluate: Evaluate,
  base: string,
  target: string,
  archive: Uint8Array,
): Promise<unknown> {
  const fields = JSON.stringify({ base, target, archive: Buffer.from(archive).toString("base64") });
  return await evaluate(`(async () => {
    const fields = ${fields};
    const form = document.forms[0];
    form.base.value = fields.base;
    form.target.value = fields.target;
    const files = new DataTransfer();
    files.items.add(new File([Uint8Array.fromBase64(fields.archive)], "site.tar"));
    form.archive.files = files.files;
    const output = document.querySelector("output");
    const done = new Promise((resolve) => {
      new MutationObserver(() => {
        if (/done|failed/.test(output.dataset.state)) resolve(output.value);
      }).observe(output, { attributes: true, childList: true });
    });
    form.requestSubmit();
    return await done;
  })()`);
}

testWith(
  [...REGISTRY_NEEDS.open, "chromium", "npx"],
  "a browser page appends a layer through a proxy with CORS headers",
  () =>
    withRegistry("open", (registry) =>
      withDirectory(async (directory) => {
        const store = registryStore(await openRegistry(registry), "acme/site");
        await putIndex(store, "oci", "1");
        const tar = await tarOfFiles({ "index.html": "<h1>Hello</h1>\n" });
        await withHandler(await buildPage(directory), (page) =>
          withHandler(createCorsProxy(registry.url, `http://${page}`), (proxy) =>
            withPage(`http://${page}/index.html`, async (evaluate) => {
              const image = `${proxy}/acme/site`;
              const said = await submit(evaluate, `${image}:1`, `${image}:2`, tar);
              const { digest, images } = await checkImage(store, "2");
              assert.equal(said, `${image}:2@${digest}`);
              assert.equal(images.length, 2);
              for (const { layers } of images) {
                assert.deepEqual([...listLayer(layers.at(-1) ?? tar).keys()], ["index.html"]);
              }

              const zipped = new Uint8Array(gzipSync(tar));
              const again = await submit(evaluate, `${image}:1`, `${image}:3`, zipped);
              const third = await checkImage(store, "3");
              assert.equal(again, `${image}:3@${third.digest}`);
              assert.equal(third.images[0]?.manifest.layers.at(-1).digest, digestOf(zipped));

              const text = new TextEncoder().encode("no tar\n".repeat(200));
              assert.match(
                String(await submit(evaluate, `${image}:1`, `${image}:4`, text)),
                /not a (?:whole )?tar/,
              );
              await assert.rejects(store.getManifest("4"), /404/);
            })));
      })),
);

testWith(
  [...REGISTRY_NEEDS.htpasswd, "chromium", "npx"],
  "a browser page takes what is dropped and a password, and explains what CORS forbids",
  () =>
    withRegistry("htpasswd", (registry) =>
      withDirectory(async (directory) => {
        await withHandler(await buildPage(directory), (page) =>
          withHandler(createCorsProxy(registry.url, `http://${page}`), (proxy) =>
            withPage(`http://${page}/index.html`, async (evaluate) => {
              const listed = await evaluate(`new Promise((resolve) => {
                const list = document.querySelector("#list");
                new MutationObserver(() => resolve([
                  document.querySelector("#chosen").textContent,
                  ...[...list.children].map((item) => item.textContent),
                ])).observe(list, { childList: true });
                const dataTransfer = new DataTransfer();
                for (const name of ["index.html", "site.css"]) {
                  dataTransfer.items.add(new File(["x".repeat(1000)], name));
                }
                document.dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
              })`);
              assert.deepEqual(listed, [
                "2 files, 2.0 kB",
                "index.html, 1.0 kB",
                "site.css, 1.0 kB",
              ]);
              const fill = (host: string): string =>
                `(async () => {
                const form = document.forms[0];
                form.base.value = "scratch";
                form.target.value = "${host}/acme/site:1";
                form.destination.value = "/srv/";
                form.username.value = ${JSON.stringify(USER.username)};
                form.password.value = ${JSON.stringify(USER.password)};
                const output = document.querySelector("output");
                const done = new Promise((resolve) => {
                  new MutationObserver(() => {
                    if (/done|failed/.test(output.dataset.state)) resolve();
                  }).observe(output, { attributes: true });
                });
                form.requestSubmit();
                const button = document.querySelector("form button");
                const wasOff = button.disabled;
                await done;
                const isHidden = (selector) => document.querySelector(selector).hidden;
                return [output.value, wasOff, button.disabled, isHidden("#copy"), isHidden("#advice")];
              })()`;
              const [said, ...states] = await evaluate(fill(proxy)) as [string, ...boolean[]];
              assert.match(said, /\/acme\/site:1@sha256:[0-9a-f]{64}$/);
              assert.deepEqual(states, [true, false, false, true]);
              const request = await openRegistry(registry);
              const { images } = await checkImage(registryStore(request, "acme/site"), "1");
              assert.deepEqual(
                [...listLayer(images[0]?.layers.at(-1) ?? new Uint8Array()).keys()].sort(),
                [
                  "srv/index.html",
                  "srv/site.css",
                ],
              );
              const [failed, ...after] = await evaluate(fill(registry.host)) as [
                string,
                ...boolean[],
              ];
              assert.match(failed, /: no answer from /);
              assert.deepEqual(after, [true, false, true, false]);
            })));
      })),
);

testWith(
  [...REGISTRY_NEEDS.open, "chromium", "npx"],
  "a browser page makes a file of an image and a folder",
  () =>
    withRegistry("open", (registry) =>
      withDirectory(async (directory) => {
        const store = registryStore(await openRegistry(registry), "acme/site");
        await putIndex(store, "oci", "1");
        await withHandler(await buildPage(directory), (page) =>
          withHandler(createCorsProxy(registry.url, `http://${page}`), (proxy) =>
            withPage(`http://${page}/index.html`, async (evaluate) => {
              const file = await evaluate(saveFolder(`${proxy}/acme/site:1`));
              const bytes = new Uint8Array(Buffer.from(String(file), "base64"));
              const archives = webArchives({ input: new Blob([bytes]) });
              const { images } = await inspectImage("docker-archive:-:site:dev", {
                host: { archives },
              });
              assert.deepEqual(
                images.map(({ platform }) => platform),
                ["linux/amd64"],
              );
              const { layers } = await checkImage(store, "1").then(({ images: [base] }) =>
                base ?? { layers: [] }
              );
              assert.equal(images[0]?.layers.length, layers.length + 1);
              if (!HAS_DOCKER) {
                return;
              }
              const files = await filesInDocker(bytes, directory);
              assert.equal(files.get("site/index.html")?.type, "file");
              assert.equal(files.get("etc/architecture")?.type, "file");
            })));
      })),
);

const HAS_DOCKER = DOCKER_NEEDS.every((program) =>
  program === "root" ? process.getuid?.() === 0 : hasProgram(program)
);

/** The files of the image `site:dev`, as Docker has them once it has loaded an archive. */
async function filesInDocker(archive: Uint8Array, directory: string): Promise<FileTree> {
  const path = join(directory, "site.tar");
  await writeFile(path, archive);
  const engine = await dockerEngine(INSTALLED, "vfs");
  return await engine.start(async ({ docker, tree }) => {
    assert(tree !== undefined);
    await docker("load", "--quiet", "--input", path);
    return await tree("site:dev");
  });
}

/** Drops a folder with one file, and gives what the page offers to be saved. */
function saveFolder(base: string): string {
  return `(async () => {
    const form = document.forms[0];
    form.base.value = ${JSON.stringify(base)};
    form.target.value = "docker-archive:-:site:dev";
    form.platform.value = "linux/amd64";
    Object.defineProperty(File.prototype, "webkitRelativePath", {
      get() { return "site/" + this.name; },
    });
    const files = new DataTransfer();
    files.items.add(new File(["<h1>Hello</h1>\\n"], "index.html"));
    form.folder.files = files.files;
    const output = document.querySelector("output");
    const done = new Promise((resolve, reject) => {
      new MutationObserver(() => {
        if (output.dataset.state === "done") resolve();
        if (output.dataset.state === "failed") reject(new Error(output.value));
      }).observe(output, { attributes: true, childList: true });
    });
    form.requestSubmit();
    await done;
    const saved = await fetch(document.querySelector("a[download]").href);
    return new Uint8Array(await saved.arrayBuffer()).toBase64();
  })()`;
}
