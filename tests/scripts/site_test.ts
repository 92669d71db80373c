import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { COMMANDS } from "../../lib/cli/commands/commands.ts";
import { finishModulePage } from "../../scripts/site/module_pages.ts";
import { anchorOf, deadLinks, referencePage, siteUrl } from "../../scripts/site/main.ts";

test("links of the pages lead to the site's pages, and others to the repository", () => {
  const cases: readonly [target: string, from: string, url: string][] = [
    ["docs/recipes.md", "README.md", "recipes.html"],
    ["../README.md#measured", "docs/when_not.md", "index.html#measured"],
    ["engines.md#what-is-asked-of-a-base", "docs/how.md", "engines.html#what-is-asked-of-a-base"],
    ["#names", "README.md", "#names"],
    ["https://nodejs.org", "README.md", "https://nodejs.org"],
    ["images/layers.svg", "docs/how.md", "images/layers.svg"],
    ["scripts/bench/speed.svg", "README.md", "images/speed.svg"],
    [
      "../examples/README.md",
      "docs/recipes.md",
      "https://github.com/x/appendlayer/blob/main/examples/README.md",
    ],
  ];
  for (const [target, from, url] of cases) {
    assert.equal(
      siteUrl(target, from).replace(/github\.com\/[^/]+\/[^/]+/, "github.com/x/appendlayer"),
      url,
    );
  }
});

test("headings have the anchors that repository hosts give them", () => {
  assert.equal(anchorOf("What is <em>asked</em> of a base?"), "what-is-asked-of-a-base");
  assert.equal(anchorOf("<code>a &amp; b</code>"), "a--b");
});

test("a link to a page or a heading that is not there is found", () => {
  const pages = new Map([
    ["a.html", '<h1 id="top">A</h1><a href="b.html#x"></a><a href="#top"></a><a href="#no"></a>'],
    ["b.html", '<h1 id="x">B</h1><a href="c.html"></a><a href="https://example.com/d.html"></a>'],
  ]);
  assert.deepEqual(deadLinks(pages), ["a.html: #no", "b.html: c.html"]);
});

test("the reference has every option of every command", () => {
  const page = referencePage();
  for (const { name, options } of COMMANDS) {
    assert.ok(page.includes(`<h2>${name}</h2>`), name);
    for (const flag of options.keys()) assert.ok(page.includes(`--${flag}`), `${name} --${flag}`);
  }
});

test("every page of docs/ is in the site's menu", () => {
  for (const name of readdirSync("docs").filter((name) => name.endsWith(".md"))) {
    assert.match(siteUrl(name, "docs/README.md"), /^[\w-]+\.html$/, name);
  }
});

test("the module's pages name imports and sources as others have them", () => {
  const sources = { local: "file:///here/tool", remote: "https://example.com/tool/blob/main" };
  const page = finishModulePage(
    '<html><a class="sourceButton" href="file:&#x2F;&#x2F;&#x2F;here&#x2F;tool&#x2F;mod.ts"></a>' +
      "from &quot;.&quot; from &quot;tar&quot; from &quot;node:fs&quot;" +
      '<ul class="breadcrumbs"><li>a</li></ul></div><ul><li>b</li></ul>',
    sources,
  );
  assert.equal(
    page,
    '<html lang="en"><a class="sourceButton" aria-label="Source" ' +
      'href="https:&#x2F;&#x2F;example.com&#x2F;tool&#x2F;blob&#x2F;main&#x2F;mod.ts"></a>' +
      "from &quot;@x/appendlayer&quot; from &quot;@x/appendlayer/tar&quot; from &quot;node:fs&quot;" +
      '<span class="breadcrumbs"><span>a</span></span></div><ul><li>b</li></ul>',
  );
});
