/** Owners of the entries of a layer. */

/** A user and a group, by number. */
export interface Owner {
  /** Number of the user. */
  readonly uid: number;
  /** Number of the group. */
  readonly gid: number;
}

/** The owner of entries for which no other is known. */
export const ROOT: Owner = { uid: 0, gid: 0 };

/** A user and a group, at least one of them by name. */
export interface OwnerNames {
  /** Name or number of the user. */
  readonly user: string;
  /** Name or number of the group; absent, it is that of the user. */
  readonly group?: string;
}

/** The largest number; the one above it means "unchanged" to `chown`. */
const MAX_ID = 0xffff_fffe;

/**
 * Reads `UID[:GID]`; without a GID it is the same number, as in `COPY --chown`.
 *
 * @throws {SyntaxError} if it is anything else.
 */
export function parseOwner(text: string): Owner {
  const [, user = "", group = user] = /^(\d+)(?::(\d+))?$/.exec(text) ?? [];
  const [uid, gid] = [parseId(user), parseId(group)];
  if (uid !== undefined && gid !== undefined) return { uid, gid };
  throw new SyntaxError(`expected numbers, "UID" or "UID:GID", got ${JSON.stringify(text)}`);
}

/**
 * Reads `NAME[:GROUP]`, each of them a name or a number.
 *
 * @throws {SyntaxError} if it is anything else.
 */
export function parseOwnerNames(text: string): Owner | OwnerNames {
  const [, user, group] = /^([^:\s]+)(?::([^:\s]+))?$/.exec(text) ?? [];
  if (user === undefined) {
    throw new SyntaxError(
      `expected names or numbers, "USER" or "USER:GROUP", got ${JSON.stringify(text)}`,
    );
  }
  const isNumeric = [user, group ?? user].every((part) => /^\d+$/.test(part));
  if (isNumeric) return parseOwner(text);
  return { user, ...(group !== undefined && { group }) };
}

/** Whether an owner has to be looked up. */
export function hasNames(owner: Owner | OwnerNames): owner is OwnerNames {
  return "user" in owner;
}

/** Reads the number of a user or a group; undefined if it is none. */
export function parseId(text: string): number | undefined {
  const id = /^\d+$/.test(text) ? Number(text) : NaN;
  return id <= MAX_ID ? id : undefined;
}
