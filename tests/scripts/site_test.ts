import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { COMMANDS } from "../../lib/cli/commands/commands.ts";
import { entriesList, finishModulePage } from "../../scripts/site/module_pages.ts";
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

test("the module's pages lead back to the site, and to pages in the place of folders", () => {
  const page = finishModulePage(
    '<span class="breadcrumbs"> <span><a href="..&#x2F;">appendlayer</a></span></span></div>',
    { local: "", remote: "", home: "../../index.html" },
  );
  assert.equal(
    page,
    '<a class="home" href="../../index.html">Documentation</a>' +
      '<span class="breadcrumbs"> <span><a href="..&#x2F;index.html">appendlayer</a></span></span></div>',
  );
});

test("the module's start page lists what each entry has, functions before errors", () => {
  const symbol = (name: string, file: string, kind: string, doc: string) => ({
    name,
    file,
    kind: [{ kind }],
    doc,
    url: `${file}/~/${name}.html`,
  });
  const list = entriesList([
    symbol("AuthError", ".", "Class", "Credentials that are missing."),
    symbol("AuthError.name", ".", "Property", "Its name."),
    symbol("appendLayer", ".", "Function", "Puts layers on top: not pulled. More."),
    symbol("writeTar", "tar", "Function", "Writes <an> archive"),
  ]);
  assert.match(
    list,
    /^<h2><a class="link" href="all_symbols.html">@x\/appendlayer<\/a><\/h2>\n<ul class="entries">\n<li><a class="link" href=".\/~\/appendLayer.html">appendLayer<\/a>: Puts layers on top.<\/li>\n<li>.*AuthError<\/a>: Credentials that are missing.<\/li>\n<\/ul>/,
  );
  assert.match(
    list,
    /href="tar\/index.html">@x\/appendlayer\/tar<\/a><\/h2>.*writeTar<\/a>: Writes &lt;an> archive</s,
  );
});
