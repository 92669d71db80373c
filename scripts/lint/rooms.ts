/** The rooms of `lib/`, and which of them may import which. */

/**
 * The height of each room. A room may import itself and lower rooms, but not others of the same height. `entries` is what the package
 * exports, and `cli` its program; both get the runtime from `host`.
 */
export const ROOMS: ReadonlyMap<string, number> = new Map([
  ["base", 0],
  ["tar", 1],
  ["oci", 1],
  ["storage", 2],
  ["layer", 3],
  ["registry", 3],
  ["layout", 3],
  ["archive", 4],
  ["engine", 5],
  ["image", 6],
  ["host", 7],
  ["container_image_builder", 8],
  ["cli", 9],
  ["entries", 9],
]);

/** Folders whose files only run on a known runtime, and may import anything. */
const TOOLS = /^(?:tests|scripts|examples)\//;

const IN_ROOM = /^lib\/([^/]+)\/[^/]/;

/** The room of a file, by its path from the project's root; undefined outside `lib/`. */
export function roomOf(file: string): string | undefined {
  return IN_ROOM.exec(file)?.[1];
}

/** An import, export-from or `import()` in a file. */
export interface ImportLine {
  /** The importing file's path from the project's root, with `/`. */
  readonly file: string;
  readonly specifier: string;
  /** Whether it only imports types. */
  readonly typeOnly: boolean;
}

/**
 * Checks an import.
 *
 * @returns a sentence for the lint report; undefined if the import is allowed.
 */
export function refuseImport(line: ImportLine): string | undefined {
  const { file, specifier, typeOnly } = line;
  if (TOOLS.test(file)) return undefined;
  const room = roomOf(file);
  if (room !== undefined && !ROOMS.has(room)) {
    return `"lib/${room}" is not a room: give it a height in scripts/lint/rooms.ts`;
  }
  if (specifier.startsWith("node:")) return refuseNode(file, room, typeOnly);
  if (!specifier.startsWith("./") && !specifier.startsWith("../")) {
    return `Only relative imports here: the product has no packages, found "${specifier}"`;
  }
  const imported = roomOf(new URL(specifier, `file:///${file}`).pathname.slice(1));
  if (room === undefined) return undefined;
  if (imported === undefined) return `"lib/${room}" imports from outside lib/: "${specifier}"`;
  const [from, to] = [ROOMS.get(room), ROOMS.get(imported)];
  if (to === undefined) return `"lib/${imported}" is not a room: "${specifier}"`;
  if (imported === room || (from !== undefined && to < from)) return undefined;
  return `Imports point down: "lib/${room}" may not import from "lib/${imported}"`;
}

function refuseNode(
  file: string,
  room: string | undefined,
  typeOnly: boolean,
): string | undefined {
  if (room === "cli" || file === "cli.ts") return undefined;
  if (room === "host") {
    return typeOnly
      ? undefined
      : 'lib/host gets Node builtins through builtin("node:…"), so that the library bundles for the web';
  }
  return "Only lib/host, lib/cli and cli.ts know a runtime: no node: here";
}
