/**
 * The command line.
 *
 * @module
 */

import { hostProcess } from "./lib/host/builtin.ts";
import { main } from "./lib/cli/main.ts";
import { createNodeIo } from "./lib/cli/node_io.ts";

export { main };
export type { Io, StopSignal } from "./lib/cli/io.ts";

/** Node has no `import.meta.main` before 24.2; there this file is run only when it is the bundled program itself. */
function isProgram(): boolean {
  // Not by destructuring: the npm package's bundler sets this expression to true.
  const main = (import.meta as { readonly main?: boolean }).main;
  if (main !== undefined) return main;
  const script = hostProcess?.argv[1]?.replace(/^.*[\\/]/, "");
  return script !== undefined && import.meta.url.endsWith(`/${script}`);
}

if (isProgram()) {
  main(hostProcess?.argv.slice(2) ?? [], createNodeIo()).then((code) => hostProcess?.exit(code));
}
