/** The entries of the library, as `deno.json` exports them. */

import project from "../deno.json" with { type: "json" };

/** An entry that programs can import. */
export interface Entry {
  /** The part after the package's name and a slash; empty for the main entry. */
  readonly name: string;
  /** The path from the project's root. */
  readonly path: string;
}

/** All entries except the command line, which is a program. */
export const ENTRIES: readonly Entry[] = Object.entries(project.exports)
  .map(([name, path]) => ({ name: name.replace(/^\.\/?/, ""), path: path.replace("./", "") }))
  .filter(({ name }) => name !== "cli");
