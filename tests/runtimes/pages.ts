/** Pages that are served on loopback to a browser. */

import { copyFile, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../scripts/runtimes.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/browser/", import.meta.url));

/** Answers a request. */
export type Handler = (request: Request) => Response | Promise<Response>;

/** Serves a handler on a free loopback port while an action uses it. */
export async function withHandler<T>(
  handler: Handler,
  action: (host: string) => Promise<T>,
): Promise<T> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handler);
  try {
    return await action(`127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** Serves the files of a folder. */
export function serveFiles(directory: string): Handler {
  return async (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname);
    try {
      return new Response(await Deno.readFile(join(directory, path)), {
        headers: { "content-type": TYPES[extname(path)] ?? "application/octet-stream" },
      });
    } catch {
      return new Response("", { status: 404 });
    }
  };
}

/** Puts the example's page, bundled, into a folder, and serves it. */
export async function buildPage(directory: string): Promise<Handler> {
  await bundlePage(`${EXAMPLE}page.ts`, directory);
  await copyFile(`${EXAMPLE}index.html`, join(directory, "index.html"));
  return serveFiles(directory);
}

/** Puts a page with nothing but a program of this folder into another one, and serves it. */
export async function buildEmptyPage(program: string, directory: string): Promise<Handler> {
  await bundlePage(fileURLToPath(new URL(program, import.meta.url)), directory);
  const source = program.replace(/\.ts$/, ".js");
  const page = `<!DOCTYPE html><script type="module" src="${source}"></script>`;
  await writeFile(join(directory, "index.html"), page);
  return serveFiles(directory);
}

async function bundlePage(program: string, directory: string): Promise<void> {
  await bundle([program], directory, [
    "--platform=browser",
    "--target=es2024",
    `--outbase=${dirname(program)}`,
    "--out-extension:.js=.js",
  ]);
}
