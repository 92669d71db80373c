/**
 * The module's pages on the site: `deno doc` makes them, for one machine, and not for those who hear a page instead of seeing it.
 */

import { ENTRIES } from "../entries.ts";
import { run } from "../run.ts";

/** Where sources are: in this folder, and in the repository. */
export interface Sources {
  /** This folder, as a URL without the last slash. */
  readonly local: string;
  /** Of the repository's files, without the last slash. */
  readonly remote: string;
}

/** What `deno doc` paints too lightly on white. */
const STYLE = `
.ddoc :is(a, code, span, ul, li) {
  opacity: 1 !important;
}
.ddoc :is([class^="td-"], .link, .contextLink, .token, a code) {
  color: #0550ae !important;
}
.dark .ddoc :is([class^="td-"], .link, .contextLink, .token) {
  color: #79c0ff !important;
}
.ddoc :is(.text-optional, .text-readonly, .text-Interface, .documentNavigation a) {
  color: #1f2328 !important;
}
.dark .ddoc :is(.text-optional, .text-readonly, .text-Interface, .documentNavigation a) {
  color: #e6edf3 !important;
}
`;

const ENTRY_NAMES = ENTRIES.map(({ name }) => name).filter((name) => name !== "");
const IMPORT = new RegExp(`(from &quot;)(?:\\.|(${ENTRY_NAMES.join("|")}))(?=&quot;)`, "g");

/** Makes the pages into a folder. */
export async function writeModulePages(output: string, sources: Sources): Promise<void> {
  const command = ["doc", "--html", "--name=appendlayer", `--output=${output}`];
  const paths = ENTRIES.map(({ path }) => path);
  const { code, output: told } = await run([Deno.execPath(), ...command, ...paths]);
  if (code !== 0) throw new Error(`Cannot make the pages of the module: ${told}`);
  await finishFolder(output, sources);
  await Deno.writeTextFile(`${output}/styles.css`, STYLE, { append: true });
}

async function finishFolder(folder: string, sources: Sources): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await finishFolder(path, sources);
    else if (name.endsWith(".html")) {
      await Deno.writeTextFile(path, finishModulePage(await Deno.readTextFile(path), sources));
    }
  }
}

/** Names what is imported and where sources are as others have them, and what a screen reader has to be told. */
export function finishModulePage(html: string, { local, remote }: Sources): string {
  const [, title = ""] = /<title>(.*?)<\/title>/s.exec(html) ?? [];
  const slashed = (url: string): string => url.replaceAll("/", "&#x2F;");
  return html
    .replaceAll(slashed(`${local}/`), slashed(`${remote}/`))
    .replace(
      IMPORT,
      (_, from, name) => `${from}@x/appendlayer${name === undefined ? "" : `/${name}`}`,
    )
    .replace("<html>", '<html lang="en">')
    .replace('<nav id="topnav">', '<nav id="topnav" aria-label="Path">')
    // The path is a list in which other things than items stand.
    .replace(
      /<ul class="breadcrumbs">.*?(?=<\/div>)/s,
      (path) => path.replace(/<(\/?)(?:ul|li)\b/g, "<$1span"),
    )
    .replaceAll('class="sourceButton"', 'class="sourceButton" aria-label="Source"')
    .replaceAll('class="copyButton"', 'class="copyButton" aria-label="Copy"')
    .replaceAll('<code class="language-', '<code tabindex="0" class="language-')
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
