/**
 * The command line.
 *
 * @module
 */

import { builtin, hostProcess } from "./lib/host/builtin.ts";
import { main } from "./lib/cli/program.ts";
import { createNodeIo } from "./lib/cli/node_io.ts";

export { main };
export type { AskOptions } from "./lib/host/files/ask.ts";
export type { Io, StopSignal } from "./lib/cli/io.ts";

/** Node has no `import.meta.main` before 24.2; there this file is run only when it is the bundled program itself. */
function isProgram(): boolean {
  // Not by destructuring: the npm package's bundler sets this expression to true.
  const main = (import.meta as { readonly main?: boolean }).main;
  if (main !== undefined) return main;
  const script = hostProcess?.argv[1];
  if (script === undefined) return false;
  // npm runs programs by links to them.
  const path = builtin("node:fs").realpathSync(script);
  return builtin("node:url").pathToFileURL(path).href === import.meta.url;
}

/** Runs the command line on this process's arguments, and ends the process. */
export async function run(): Promise<void> {
  const code = await main(hostProcess?.argv.slice(2) ?? [], createNodeIo());
  hostProcess?.exit(code);
}

if (isProgram()) run();
