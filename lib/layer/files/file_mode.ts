/** Parses permissions in the two forms of `chmod`. */

/** Returns the new permission bits of an entry. */
export type FileMode = (mode: number, isDirectory: boolean) => number;

/** Permission bits of each class of users, with setuid or setgid. */
const CLASSES: Readonly<Record<string, { readonly shift: number; readonly special: number }>> = {
  u: { shift: 6, special: 0o4000 },
  g: { shift: 3, special: 0o2000 },
  o: { shift: 0, special: 0 },
};

const CLAUSE = /^([ugoa]*)([-+=])([rwxXst]*)$/;

/**
 * Reads a mode: octal as in `644`, or symbolic as in `u=rwX,go=rX` (POSIX.1-2008, chmod).
 *
 * An octal mode gives a directory an execute bit for each read bit, since a directory that cannot be entered is of no use: 644 means 755
 * there.
 *
 * @example
 * ```ts
 * import { addFiles, parseFileMode } from "@x/appendlayer/files";
 *
 * addFiles({
 *   additions: [{ source: "site", destination: "/srv" }],
 *   chmod: parseFileMode("u=rwX,go=rX"),
 * });
 * ```
 * @throws {SyntaxError} if it is neither.
 */
export function parseFileMode(text: string): FileMode {
  if (/^[0-7]{1,4}$/.test(text)) {
    const fixed = parseInt(text, 8);
    return (_, isDirectory) => isDirectory ? fixed | (fixed & 0o444) >> 2 : fixed;
  }
  const clauses = text.split(",").map((clause) => {
    const [, classes, operator, permissions] = CLAUSE.exec(clause) ?? [];
    if (classes === undefined || operator === undefined || permissions === undefined) {
      throw new SyntaxError(
        `expected a mode, as in "644" or "u=rwX,go=rX", got ${JSON.stringify(text)}`,
      );
    }
    const users = classes === "" || classes.includes("a") ? "ugo" : classes;
    return { users, operator, permissions };
  });
  return (mode, isDirectory) =>
    clauses.reduce((changed, { users, operator, permissions }) => {
      let cleared = 0;
      let bits = 0;
      for (const user of users) {
        const { shift, special } = CLASSES[user] ?? { shift: 0, special: 0 };
        cleared |= 0o7 << shift | special;
        for (const permission of permissions) {
          bits |= bitsOf(permission, changed, isDirectory) << shift;
          if (permission === "s") bits |= special;
        }
      }
      if (permissions.includes("t")) bits |= 0o1000;
      if (operator === "-") return changed & ~bits;
      return operator === "+" ? changed | bits : changed & ~cleared | bits;
    }, mode);
}

function bitsOf(permission: string, mode: number, isDirectory: boolean): number {
  switch (permission) {
    case "r":
      return 0o4;
    case "w":
      return 0o2;
    case "x":
      return 0o1;
    case "X":
      return isDirectory || (mode & 0o111) !== 0 ? 0o1 : 0;
    default:
      return 0;
  }
}
