/** Owners of the entries of a layer. */

/** A user and a group, by number: names would have to be looked up in a file system that is never downloaded. */
export interface Owner {
  /** Number of the user. */
  readonly uid: number;
  /** Number of the group. */
  readonly gid: number;
}

/** The largest number, less the one that means "unchanged" to `chown`. */
const MAX_ID = 0xffff_fffe;

/**
 * Reads `UID[:GID]`; without a GID it is the same number, as in `COPY --chown`.
 *
 * @throws {SyntaxError} if it is anything else.
 */
export function parseOwner(text: string): Owner {
  const [, uid = NaN, gid = uid] = /^(\d+)(?::(\d+))?$/.exec(text) ?? [];
  const owner = { uid: Number(uid), gid: Number(gid) };
  if (owner.uid <= MAX_ID && owner.gid <= MAX_ID) return owner;
  throw new SyntaxError(`expected numbers, "UID" or "UID:GID", got ${JSON.stringify(text)}`);
}
