/**
 * Compiles the WebAssembly kernels from the AssemblyScript beside this file, and writes them into `lib/` as base64.
 * The compiler's version is pinned, so that the same source gives the same bytes; `--check` says whether `lib/` has these bytes.
 *
 *     deno run -A scripts/kernels/build.ts [--check]
 */

import { encodeBase64 } from "../../lib/base/base64.ts";
import { say } from "../run.ts";

/** Not a literal in `import`, so that type-checking this file does not download it. */
const COMPILER: string = "npm:assemblyscript@0.28.20/asc";

/** The part of the compiler's interface that is used here. */
interface Compiler {
  main(
    args: readonly string[],
    host: {
      readFile(name: string): Promise<string | null>;
      writeFile(name: string, contents: Uint8Array | string): void;
      listFiles(): string[];
    },
  ): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}

const KERNELS = [
  {
    folder: "deflate",
    /** WebAssembly pages of 64 KiB: up to the end of the output of `memory.as`. */
    pages: 44,
    output: "lib/layer/compression/deflate_kernel.ts",
    name: "DEFLATE_KERNEL",
  },
  {
    folder: "sha256",
    pages: 2,
    output: "lib/base/hash/sha256_kernel.ts",
    name: "SHA256_KERNEL",
  },
] as const;

/** The source has a suffix of its own, because it is not TypeScript; the compiler asks for `.ts`. */
async function compile(folder: string, pages: number): Promise<Uint8Array> {
  const { default: compiler } = await import(COMPILER) as { readonly default: Compiler };
  let binary: Uint8Array | undefined;
  const { error, stderr } = await compiler.main([
    "kernel.ts",
    "--outFile=kernel.wasm",
    "-O3",
    // No slower, and 2 % smaller: every page that has the module loads it.
    "--shrinkLevel=1",
    "--noAssert",
    "--runtime=stub",
    "--enable=bulk-memory",
    `--initialMemory=${pages}`,
    `--maximumMemory=${pages}`,
  ], {
    readFile: (name: string): Promise<string | null> =>
      readText(new URL(`${folder}/${name.replace(/\.ts$/, ".as")}`, import.meta.url)),
    writeFile: (_name: string, contents: Uint8Array | string): void => {
      if (typeof contents !== "string") binary = contents;
    },
    listFiles: (): string[] => [],
  });
  if (error !== null || binary === undefined) {
    throw new Error(`Cannot compile "${folder}": ${stderr.toString()}`, { cause: error });
  }
  return binary;
}

async function readText(file: URL): Promise<string | null> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function main(check: boolean): Promise<number> {
  let stale = 0;
  for (const { folder, pages, output, name } of KERNELS) {
    const binary = await compile(folder, pages);
    const base64 = encodeBase64(binary);
    const module = [
      `/** WebAssembly, made by \`scripts/kernels/build.ts\` from \`scripts/kernels/${folder}\`. */`,
      "",
      `/** ${binary.length} bytes, as base64. */`,
      "export const " + name + ": string =",
      `  "${base64}";`,
      "",
    ].join("\n");
    const file = new URL(`../../${output}`, import.meta.url);
    if (await readText(file) === module) continue;
    stale++;
    if (!check) await Deno.writeTextFile(file, module);
    say(`${check ? "Not what its source makes" : "Written"}: ${output}`);
  }
  return check && stale > 0 ? 1 : 0;
}

if (import.meta.main) main(Deno.args.includes("--check")).then(Deno.exit);
