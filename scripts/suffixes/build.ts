/**
 * Renews the list of public suffixes in `lib/host/credentials/public_suffix_list.ts` from the npm package `psl`:
 *
 *     cd $(mktemp -d) && npm install psl && deno run -A scripts/suffixes/build.ts node_modules/psl
 */

const TARGET = new URL("../../lib/host/credentials/public_suffix_list.ts", import.meta.url);

/** Groups rules by their last label, which is then written once: `co.uk` and `ac.uk` share `uk`. */
function compact(rules: readonly string[]): string {
  const byEnd = new Map<string, string[]>();
  for (const rule of rules) {
    const dot = rule.lastIndexOf(".");
    const end = rule.slice(dot + 1);
    const starts = byEnd.get(end) ?? [];
    starts.push(dot < 0 ? "" : rule.slice(0, dot));
    byEnd.set(end, starts);
  }
  return [...byEnd].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([end, starts]) => `${end}:${starts.sort().join(",")}`).join(" ");
}

async function main([directory = ""]: readonly string[]): Promise<void> {
  const { version } = JSON.parse(await Deno.readTextFile(`${directory}/package.json`));
  const module = await import(
    new URL(`file://${await Deno.realPath(directory)}/data/rules.js`).href
  );
  const rules: readonly string[] = module.default;
  // Labels in ASCII, as in URLs.
  const ascii = rules.map((rule) => {
    const [mark = ""] = /^(?:!|\*\.)?/.exec(rule) ?? [];
    return mark + new URL(`http://${rule.slice(mark.length)}`).hostname;
  });
  const text = compact([...new Set(ascii)]);
  await Deno.writeTextFile(
    TARGET,
    `// deno-fmt-ignore-file -- made by a program
/** The Public Suffix List, made by \`scripts/suffixes/build.ts\` from psl ${version} on ${
      new Date().toISOString().slice(0, 10)
    }: ${rules.length} rules. */

/** Rules by their last label: \`uk:,ac,co\`; \`*.\` stands for any label, \`!\` for an exception. */
export const PUBLIC_SUFFIX_LIST: string =
  ${JSON.stringify(text)};
`,
  );
}

if (import.meta.main) main(Deno.args);
