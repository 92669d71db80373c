/** The entries of the library, as `deno.json` exports them. */

import project from "../deno.json" with { type: "json" };

/** What a program can import. */
export interface Entry {
  /** What stands behind the package's name and a slash; empty for the main entry. */
  readonly name: string;
  /** From the project's root. */
  readonly path: string;
}

/** All of them but the command line, which is a program. */
export const ENTRIES: readonly Entry[] = Object.entries(project.exports)
  .map(([name, path]) => ({ name: name.replace(/^\.\/?/, ""), path: path.replace("./", "") }))
  .filter(({ name }) => name !== "cli");
