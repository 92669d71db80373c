/**
 * Bundles the programs of threads from the files beside this one, and writes them into `lib/` as strings: only those survive
 * bundling, `deno compile` and `bun compile`. The bundler's version is pinned, so that the same source gives the same text; `--check`
 * says whether `lib/` has this text.
 *
 *     deno run -A scripts/threads/build.ts [--check]
 */

import { fileURLToPath } from "node:url";
import { say } from "../run.ts";
import { bundle } from "../runtimes.ts";

/** Defines the global `thread`, which `loop.ts` uses. */
const PREPARING = ["--global-name=thread"] as const;

const PROGRAMS = [
  {
    source: "compress",
    output: "lib/host/compression/compress_program.ts",
    options: PREPARING,
  },
  { source: "read", output: "lib/host/files/read_program.ts", options: PREPARING },
  { source: "hash", output: "lib/host/files/hash_program.ts", options: PREPARING },
  { source: "loop", output: "lib/host/compression/loop_program.ts", options: [] },
] as const;

const OPTIONS = ["--format=iife", "--target=es2022", "--minify"] as const;

function writeModule(source: string, text: string): string {
  return [
    "// deno-fmt-ignore-file -- made by a program",
    `/** JavaScript, made by \`scripts/threads/build.ts\` from \`scripts/threads/${source}.ts\`. */`,
    "",
    `/** ${text.length} characters. */`,
    `export const ${source.toUpperCase()}_PROGRAM: string =`,
    `  ${JSON.stringify(text)};`,
    "",
  ].join("\n");
}

async function main(check: boolean): Promise<number> {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const directory = await Deno.makeTempDir({ prefix: "appendlayer-threads-" });
  let stale = 0;
  try {
    for (const { source, output, options } of PROGRAMS) {
      const own = [`--outbase=${folder}`, ...options];
      await bundle([`${folder}${source}.ts`], directory, [...OPTIONS, ...own]);
      const text = await Deno.readTextFile(`${directory}/${source}.mjs`);
      const module = writeModule(source, text.trim());
      const file = new URL(`../../${output}`, import.meta.url);
      if (await Deno.readTextFile(file).catch(() => "") === module) continue;
      stale++;
      if (!check) await Deno.writeTextFile(file, module);
      say(`${check ? "Not what its source makes" : "Written"}: ${output}`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return check && stale > 0 ? 1 : 0;
}

if (import.meta.main) main(Deno.args.includes("--check")).then(Deno.exit);
