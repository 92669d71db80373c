/**
 * Makes the documentation's site in `dist/site`: README and docs/, a reference made from the tables of options, the module's pages, and
 * a search. The pages load nothing from other hosts.
 *
 *     deno task site
 */

import { COMMANDS } from "../../lib/cli/commands/commands.ts";
import type { Command } from "../../lib/cli/commands/command.ts";
import { ENVIRONMENT } from "../../lib/cli/output/environment.ts";
import { byTitle, optionTerm } from "../../lib/cli/output/format_help.ts";
import { run, say } from "../run.ts";
import { escape } from "./escape.ts";
import { REPOSITORY, writeModulePages } from "./module_pages.ts";

const MARKED = ["npx", "-y", "--package=marked@18.2.1", "marked"] as const;

/** The menu: groups of pages, each with its file and title. */
const MENU: readonly (readonly [title: string, pages: readonly (readonly [string, string])[]])[] = [
  ["Use", [
    ["README.md", "Start"],
    ["docs/usage.md", "Using it"],
    ["docs/recipes.md", "Recipes"],
    ["docs/how.md", "How it works"],
    ["docs/when_not.md", "When not to use it"],
  ]],
  ["Look up", [
    ["reference", "Reference"],
    ["docs/locations.md", "Where images are"],
    ["docs/batch.md", "Many images"],
    ["docs/messages.md", "Messages"],
    ["docs/warnings.md", "Warnings"],
    ["docs/migration.md", "Migration"],
    ["CHANGES.md", "Changes"],
  ]],
  ["Behind it", [
    ["docs/architecture.md", "Architecture"],
    ["docs/registries.md", "Registries"],
    ["docs/engines.md", "Engines"],
    ["docs/runtimes.md", "Runtimes"],
  ]],
];
/** The start page of the module's pages, which `deno doc` makes. */
const API = "api/index.html";

const PAGES: ReadonlyMap<string, string> = new Map(MENU.flatMap(([, pages]) => pages));
/** Pictures, which are copied to one folder. */
const IMAGES = [
  "docs/images/layers.svg",
  "docs/images/pipeline.svg",
  "docs/images/demo.svg",
  "scripts/bench/speed.svg",
];

/** A section of a page, for the search. */
interface Section {
  readonly url: string;
  readonly page: string;
  readonly title: string;
  readonly text: string;
}

/** The site's URL of a page, a picture or another file of the project. */
export function siteUrl(target: string, from: string): string {
  if (/^[a-z]+:|^#/.test(target)) return target;
  const [path = "", anchor] = target.split("#");
  const file = new URL(path, `file:///${from}`).pathname.slice(1);
  const hash = anchor === undefined ? "" : `#${anchor}`;
  if (PAGES.has(file)) return `${fileName(file)}${hash}`;
  if (IMAGES.includes(file)) return `images/${file.split("/").at(-1)}`;
  return `https://github.com/${REPOSITORY}/blob/main/${file}${hash}`;
}

function fileName(page: string): string {
  if (page === "README.md") return "index.html";
  return `${(page.split("/").at(-1) ?? "").replace(/\.md$/, "").toLowerCase()}.html`;
}

/** The anchor of a heading, as on repository hosts. */
export function anchorOf(heading: string): string {
  const text = decode(heading.replace(/<[^>]+>/g, "")).toLowerCase();
  return text.replace(/[^\p{L}\p{N} _-]/gu, "").trim().replaceAll(" ", "-");
}

function decode(html: string): string {
  const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', amp: "&" };
  return html.replace(
    /&(?:(lt|gt|quot|amp)|#(\d+));/g,
    (_, name, code) =>
      name === undefined ? String.fromCodePoint(Number(code)) : entities[name] ?? "",
  );
}

/** Converts all pages from Markdown to HTML at once, since starting the converter takes longer than its work. */
async function toHtml(files: readonly string[]): Promise<string[]> {
  const separator = "<hr data-page>";
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(file)));
  const input = await Deno.makeTempFile({ suffix: ".md" });
  try {
    await Deno.writeTextFile(input, texts.join(`\n\n${separator}\n\n`));
    const { code, stdout, output } = await run([...MARKED, "--gfm", "-i", input]);
    if (code !== 0) throw new Error(`Cannot turn Markdown into HTML: ${output}`);
    return stdout.split(separator);
  } finally {
    await Deno.remove(input);
  }
}

/** Gives headings anchors, points links at the site's pages, and lets wide blocks be scrolled by the keyboard. */
function finish(html: string, file: string): string {
  return html
    .replace(
      /<h([1-4])>(.*?)<\/h\1>/gs,
      (_, level, text) => `<h${level} id="${anchorOf(text)}">${text}</h${level}>`,
    )
    .replace(
      / (href|src)="([^"]*)"/g,
      (_, name, target) => ` ${name}="${escape(siteUrl(decode(target), file))}"`,
    )
    .replaceAll("<pre>", '<pre tabindex="0">')
    .replaceAll("<table>", '<div class="table" tabindex="0"><table>')
    .replaceAll("</table>", "</table></div>")
    .replaceAll("<th></th>", "<td></td>");
}

function sectionsOf(html: string, file: string): Section[] {
  const parts = html.split(/(?=<h[1-3] id=)/).filter((part) => part.startsWith("<h"));
  return parts.map((part) => {
    const [, id = "", title = ""] = /^<h\d id="([^"]*)">(.*?)<\/h/s.exec(part) ?? [];
    const plain = (text: string): string =>
      decode(text.replace(/<[^>]+>/g, " ")).replace(/\s+/g, " ").trim();
    return {
      url: `${fileName(file)}#${id}`,
      page: PAGES.get(file) ?? "",
      title: plain(title),
      text: plain(part.replace(/^<h\d.*?<\/h\d>/s, "")),
    };
  });
}

/** The reference, made from the same tables as the help. */
export function referencePage(): string {
  return [
    "<h1>Reference</h1>",
    "<p>Every command with every option, as <code>appendlayer help all</code> tells them.</p>",
    ...COMMANDS.map(commandSection),
    "<h2>Environment</h2>",
    table(["variable", "meaning"], ENVIRONMENT),
  ].join("\n");
}

function commandSection({ name, about, usage, detail, examples, groups }: Command): string {
  return [
    `<h2>${name}</h2>`,
    `<p>${escape(about.charAt(0).toUpperCase() + about.slice(1))}.</p>`,
    `<pre><code class="language-sh">${
      usage.map((line) => escape(`appendlayer ${line}`)).join("\n")
    }</code></pre>`,
    ...detail.split("\n\n").map((paragraph) => `<p>${escape(paragraph)}</p>`),
    examples.length > 0
      ? `<pre><code class="language-sh">${examples.map(escape).join("\n")}</code></pre>`
      : "",
    ...[...byTitle(groups)].map(([title, those]) =>
      table(
        [title.toLowerCase(), "meaning"],
        those.flatMap(({ options }) =>
          [...options].map(([flag, option]) => [optionTerm(flag, option), option.about] as const)
        ),
      )
    ),
  ].join("\n");
}

function table(
  heads: readonly string[],
  rows: readonly (readonly [code: string, text: string])[],
): string {
  return [
    `<table><thead><tr>${
      heads.map((head) => `<th scope="col">${escape(head)}</th>`).join("")
    }</tr></thead><tbody>`,
    ...rows.map(([code, text]) =>
      `<tr><td><code>${escape(code)}</code></td><td>${escape(text)}</td></tr>`
    ),
    "</tbody></table>",
  ].join("\n");
}

/** The links between pages whose page or heading does not exist. */
export function deadLinks(pages: ReadonlyMap<string, string>): string[] {
  return [...pages].flatMap(([page, html]) =>
    [...html.matchAll(/ href="([^":]*)"/g)].map(([, target = ""]) => target).filter((target) => {
      const [path = "", anchor] = target.split("#");
      const other = path === "" ? html : pages.get(path);
      if (other === undefined) return path.endsWith(".html") && path !== API;
      return anchor !== undefined && anchor !== "" && !other.includes(` id="${anchor}"`);
    }).map((target) => `${page}: ${target}`)
  );
}

function frame(file: string, body: string): string {
  const title = PAGES.get(file) ?? "";
  const menu = MENU.map(([head, pages]) => {
    const links = pages.map(([page, name]) =>
      `<li><a href="${fileName(page)}"${
        page === file ? ' aria-current="page"' : ""
      }>${name}</a></li>`
    );
    if (head === "Look up") links.push(`<li><a href="${API}">Module</a></li>`);
    return `<strong>${head}</strong>\n<ul>\n${links.join("\n")}\n</ul>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · appendlayer</title>
<link rel="stylesheet" href="style.css">
<script>{const t = localStorage.getItem("theme"); if (t) document.documentElement.dataset.theme = t}</script>
<script src="sections.js" defer></script>
<script src="page.js" defer></script>
</head>
<body>
<a class="skip" href="#main">To the text</a>
<header>
<a href="index.html">appendlayer</a>
<form role="search" hidden>
<input id="search" type="search" placeholder="Search (/)" aria-label="Search" autocomplete="off">
<div id="found" hidden><p role="status"></p><ul></ul></div>
</form>
<button id="theme" type="button" aria-label="Light or dark" title="Light or dark" hidden>◐</button>
</header>
<div class="columns">
<nav aria-label="Pages">
<details open>
<summary>Pages</summary>
${menu.join("\n")}
</details>
<script>{
  const narrow = matchMedia("(max-width: 50rem)");
  const fold = () => document.querySelector("nav details").open = !narrow.matches;
  narrow.addEventListener("change", fold);
  fold();
}</script>
</nav>
<main id="main">
${body}
</main>
</div>
<footer>The MIT license. <a href="https://github.com/${REPOSITORY}">The project</a></footer>
</body>
</html>
`;
}

/** Writes the site to a folder; returns a summary. */
export async function makeSite(output: string): Promise<string> {
  await Deno.mkdir(`${output}/images`, { recursive: true });
  const files = [...PAGES.keys()].filter((file) => file !== "reference");
  const bodies = new Map((await toHtml(files)).map((html, index) => [files[index] ?? "", html]));
  bodies.set("reference", referencePage());
  const sections: Section[] = [];
  const pages = new Map<string, string>();
  for (const file of PAGES.keys()) {
    const html = finish(bodies.get(file) ?? "", file);
    sections.push(...sectionsOf(html, file));
    pages.set(fileName(file), frame(file, html));
  }
  const dead = deadLinks(pages);
  if (dead.length > 0) throw new Error(`Cannot make the site: links lead nowhere: ${dead}`);
  for (const [name, html] of pages) await Deno.writeTextFile(`${output}/${name}`, html);
  await Deno.writeTextFile(
    `${output}/sections.js`,
    `globalThis.SECTIONS = ${JSON.stringify(sections)};\n`,
  );
  for (const image of IMAGES) {
    await Deno.copyFile(image, `${output}/images/${image.split("/").at(-1)}`);
  }
  for (const name of ["style.css", "page.js"]) {
    await Deno.copyFile(new URL(name, import.meta.url), `${output}/${name}`);
  }
  await writeModulePages(`${output}/api`, "../index.html");
  return `${output}: ${PAGES.size} pages, ${sections.length} sections`;
}

if (import.meta.main) makeSite("dist/site").then(say);
