/** What axe-core says of the pages that people read: on a desk by day, on a phone at night. */

import assert from "node:assert/strict";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { makeSite } from "../../scripts/site/main.ts";
import { LONG } from "../end_to_end/engines/engine.ts";
import { succeed, testWith } from "../end_to_end/program.ts";
import { withDirectory } from "../end_to_end/scratch.ts";
import { type Evaluate, withPage } from "./chromium.ts";
import { buildPage, serveFiles, withHandler } from "./pages.ts";

const AXE = "axe-core@4.14.1";

/** Of the module's pages, which are many and made by one template for each kind, each so manieth; all of them with --long. */
const EACH = LONG ? 1 : 60;

const VIEWS: readonly (readonly [width: number, scheme: string])[] = [[1280, "light"], [
  390,
  "dark",
]];

/** Loads a page into a frame of a width, and tells what axe-core finds there, and whether the page is wider. */
const CHECK = `async (page, width, scheme) => {
  localStorage.removeItem("theme");
  const frame = document.createElement("iframe");
  frame.style = "border: 0; height: 800px; width: " + width + "px; color-scheme: " + scheme;
  const loaded = new Promise((resolve) => frame.onload = resolve);
  frame.src = page;
  document.body.replaceChildren(frame);
  await loaded;
  const { contentWindow: inner } = frame;
  inner.eval(AXE);
  const { violations } = await inner.axe.run(inner.document, { resultTypes: ["violations"] });
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => id + ": " + html + ": " + failureSummary)
  );
  const { scrollWidth } = inner.document.documentElement;
  if (scrollWidth > width) found.push("it is " + scrollWidth + " pixels wide");
  return found.map((text) => page + " at " + width + " pixels, " + scheme + ": " + text);
}`;

/** The pages below a folder, as paths from it. */
async function pagesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const pages = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".html"))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const isMany = (page: string): boolean => page.startsWith("api/") && page !== "api/index.html";
  const many = pages.filter(isMany).sort().filter((_, index) => index % EACH === 0);
  return [...pages.filter((page) => !isMany(page)).sort(), ...many];
}

testWith(
  ["chromium", "npm", "npx"],
  "axe-core finds nothing on any page of the site and of the example",
  () =>
    withDirectory(async (directory) => {
      const site = join(directory, "site");
      await makeSite(site);
      await mkdir(join(site, "example"));
      await buildPage(join(site, "example"));
      await succeed(["npm", "install", "--no-save", "--prefix", directory, AXE]);
      const axe = await readFile(join(directory, "node_modules/axe-core/axe.min.js"), "utf8");
      const pages = await pagesOf(site);
      assert.ok(pages.length > 25, pages.join());
      const empty = new Response("<!doctype html>", { headers: { "content-type": "text/html" } });
      const files = serveFiles(site);
      const serve = (request: Request): Response | Promise<Response> =>
        new URL(request.url).pathname === "/" ? empty.clone() : files(request);
      await withHandler(serve, (host) =>
        withPage(`http://${host}/`, async (evaluate) => {
          await evaluate(`globalThis.AXE = ${JSON.stringify(axe)}; globalThis.check = ${CHECK}; 0`);
          assert.deepEqual(await check(evaluate, pages), []);
        }));
    }),
);

async function check(evaluate: Evaluate, pages: readonly string[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const [index, page] of pages.entries()) {
    // In turn; each in both with --long.
    const views = LONG ? VIEWS : VIEWS.slice(index % 2, index % 2 + 1);
    for (const [width, scheme] of views) {
      const told = await evaluate(`check(${JSON.stringify(page)}, ${width}, "${scheme}")`);
      assert.ok(Array.isArray(told), page);
      found.push(...told);
    }
  }
  return found;
}
