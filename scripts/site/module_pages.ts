/**
 * The module's pages, for the site and by themselves. `deno doc` makes them with paths of this machine and without help for screen
 * readers; both is corrected here.
 *
 *     deno task docs
 */

import process from "node:process";
import { ENTRIES } from "../entries.ts";
import { run, say } from "../run.ts";
import { escape } from "./escape.ts";

/** The project's repository on GitHub, to which pages link for sources. */
export const REPOSITORY: string = process.env["GITHUB_REPOSITORY"] ?? "x/appendlayer";

/** The locations of sources: in this folder, and in the repository. */
export interface Sources {
  /** This folder's URL, without a trailing slash. */
  readonly local: string;
  /** The URL of the repository's files, without a trailing slash. */
  readonly remote: string;
}

const SOURCES: Sources = {
  local: `file://${process.cwd()}`,
  remote: `https://github.com/${REPOSITORY}/blob/main`,
};

/** An exported symbol in the index that `deno doc` makes for its search. */
export interface IndexedSymbol {
  /** The name; that of a member has a dot. */
  readonly name: string;
  /** The entry's name, `.` for the main one. */
  readonly file: string;
  readonly kind: readonly { readonly kind: string }[];
  /** The documentation as plain text. */
  readonly doc: string;
  /** The URL, relative to the folder of the pages. */
  readonly url: string;
}

/** Corrects colours of `deno doc` with too little contrast, and blocks that are too wide for a phone. */
const STYLE = `
body {
  margin: 0 !important;
}
.ddoc :is(a, code, span, ul, li) {
  opacity: 1 !important;
}
.ddoc :is([class^="td-"], .link, .contextLink, .token, a code) {
  color: #0550ae !important;
}
.dark .ddoc :is([class^="td-"], .link, .contextLink, .token, a code) {
  color: #79c0ff !important;
}
.ddoc :is([class^="text-"], .documentNavigation a) {
  color: #1f2328 !important;
}
.dark .ddoc :is([class^="text-"], .documentNavigation a) {
  color: #e6edf3 !important;
}
.ddoc :is(.type, [class*="text-stone-"]) {
  color: #57606a !important;
}
.dark .ddoc :is(.type, [class*="text-stone-"]) {
  color: #9aa4af !important;
}
.ddoc main a:is(.link, .td-ref), .markdown a, .markdown_summary a {
  text-decoration: underline;
}
.ddoc > div, #content > main {
  min-width: 0;
  max-width: 100%;
}
.ddoc :is(pre, .usageContent) {
  overflow-x: auto;
}
#topnav :is(.flex, .breadcrumbs) {
  min-width: 0;
}
#topnav .breadcrumbs, #topnav .breadcrumbs > span {
  flex-wrap: nowrap;
  white-space: nowrap;
}
#topnav .breadcrumbs {
  overflow-x: auto;
}
#searchbar::placeholder {
  color: #57606a;
}
.dark #searchbar::placeholder {
  color: #9aa4af;
}
#topnav .home {
  margin-right: 1rem;
  text-decoration: underline;
}
.entries {
  max-width: 48rem;
  overflow-wrap: anywhere;
}
main > h2 {
  margin-top: 1rem;
  font-weight: 700;
}
@media (max-width: 640px) {
  .ddoc > div:not(#categoryPanel) {
    padding-left: 0.25rem !important;
    padding-right: 0.25rem !important;
  }
  #searchbar {
    display: none !important;
  }
  .ddoc main {
    overflow-wrap: anywhere;
  }
}
`;

const ENTRY_NAMES = ENTRIES.map(({ name }) => name).filter((name) => name !== "");
const IMPORT = new RegExp(`(from &quot;)(?:\\.|(${ENTRY_NAMES.join("|")}))(?=&quot;)`, "g");

/**
 * Writes the pages to a folder.
 *
 * @param home The page that they link back to, relative to that folder; without it the pages are by themselves.
 */
export async function writeModulePages(output: string, home?: string): Promise<void> {
  await Deno.mkdir(output, { recursive: true });
  const command = ["doc", "--html", "--name=appendlayer", `--output=${output}`];
  const paths = ENTRIES.map(({ path }) => path);
  const { code, output: told } = await run([Deno.execPath(), ...command, ...paths]);
  if (code !== 0) throw new Error(`Cannot make the pages of the module: ${told}`);
  await finishFolder(output, home);
  const start = `${output}/index.html`;
  const list = entriesList(await readSymbols(`${output}/search_index.js`));
  const page = await Deno.readTextFile(start);
  await Deno.writeTextFile(start, page.replace("</main>", () => `${list}</main>`));
  await Deno.writeTextFile(`${output}/styles.css`, STYLE, { append: true });
}

/** Reads the object in the search's script. */
async function readSymbols(path: string): Promise<readonly IndexedSymbol[]> {
  const script = await Deno.readTextFile(path);
  const [, index = ""] = /DENO_DOC_SEARCH_INDEX = (\{.*\});\s*\}\)\(\)/s.exec(script) ?? [];
  return JSON.parse(index).nodes;
}

/** A list of each entry's functions and classes, for the start page, which would else not show the entries. */
export function entriesList(symbols: readonly IndexedSymbol[]): string {
  return ENTRIES.map(({ name }) => {
    const those = symbols.filter((symbol) =>
      symbol.file === (name || ".") && !symbol.name.includes(".")
    );
    const shown = ["Function", "Class"].flatMap((title) =>
      those.filter(({ kind }) => kind.some(({ kind }) => kind === title))
    );
    const items = shown.map(({ name, url, doc }) =>
      `<li><a class="link" href="${url}">${name}</a>: ${escape(firstSentence(doc))}</li>`
    );
    const title = `@x/appendlayer${name && `/${name}`}`;
    const all = name === "" ? "all_symbols.html" : `${name}/index.html`;
    return `<h2><a class="link" href="${all}">${title}</a></h2>\n<ul class="entries">\n${
      items.join("\n")
    }\n</ul>\n`;
  }).join("");
}

function firstSentence(text: string): string {
  return /^.*?[.:;](?=\s|$)/s.exec(text)?.[0].replace(/[:;]$/, ".") ?? text;
}

async function finishFolder(folder: string, home: string | undefined): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await finishFolder(path, home && `../${home}`);
    else if (name.endsWith(".html")) {
      const page = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, finishModulePage(page, { ...SOURCES, home }));
    }
  }
}

/** Corrects a page: imports, links to sources, and labels for screen readers. */
export function finishModulePage(
  html: string,
  { local, remote, home }: Sources & { readonly home?: string | undefined },
): string {
  const [, title = ""] = /<title>(.*?)<\/title>/s.exec(html) ?? [];
  const slashed = (url: string): string => url.replaceAll("/", "&#x2F;");
  return html
    .replaceAll(slashed(`${local}/`), slashed(`${remote}/`))
    .replace(
      IMPORT,
      (_, from, name) => `${from}@x/appendlayer${name === undefined ? "" : `/${name}`}`,
    )
    .replace("<html>", '<html lang="en">')
    // Links to folders only work on servers.
    .replaceAll(/ href="((?:\.{0,2}&#x2F;)*)"/g, (_, folder) => ` href="${folder}index.html"`)
    .replace('<nav id="topnav">', '<nav id="topnav" aria-label="Path">')
    // The path is a list with children that are no list items.
    .replace(
      /<ul class="breadcrumbs">.*?(?=<\/div>)/s,
      (path) => path.replace(/<(\/?)(?:ul|li)\b/g, "<$1span"),
    )
    .replace(
      /(<span class="breadcrumbs">\s*<span>)/,
      (path) =>
        home === undefined ? path : `<a class="home" href="${home}">Documentation</a>${path}`,
    )
    .replaceAll('class="sourceButton"', 'class="sourceButton" aria-label="Source"')
    .replaceAll('class="copyButton"', 'class="copyButton" aria-label="Copy"')
    .replaceAll('<code class="language-', '<code tabindex="0" class="language-')
    // Headings directly below the title would skip a level.
    .replaceAll(
      /<h3>(?=(?:Usage|Document Navigation)<)/g,
      '<h3 role="heading" aria-level="2">',
    )
    // A page that redirects to another one.
    .replace(
      /(<body>\s*)(<a [^>]*>[^<]*<\/a>)(?=\s*<\/body>)/,
      "$1<main><h1>Redirecting…</h1>$2</main>",
    )
    .replace('<div class="toc">', '<div class="toc" role="complementary" aria-label="Contents">')
    .replace(
      /<nav class="topSymbols">(\s*)<h3>Symbols<\/h3>/,
      '<nav class="topSymbols" aria-label="Symbols">$1<h2>Symbols</h2>',
    )
    .replace(/<main>(?=\s*<(?!\/))/, `<main><h1 class="text-2xl font-bold">${title}</h1>`)
    .replace(
      '<div class="text-2xl leading-none break-all">',
      '<div role="heading" aria-level="1" class="text-2xl leading-none break-all">',
    );
}

if (import.meta.main) {
  writeModulePages("dist/docs").then(() => say("dist/docs/index.html"));
}
