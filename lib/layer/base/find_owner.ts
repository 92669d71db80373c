/** Looks up the numbers of an owner that is given by names, as `COPY --chown` does. */

import type { Bytes } from "../../base/bytes.ts";
import { printableJson } from "../../base/printable.ts";
import { type Owner, type OwnerNames, parseId } from "../files/owner.ts";
import { LayerError } from "../layer_error.ts";

/** Reads a file of an image; undefined if it cannot be read. */
export type ReadContent = (path: string) => Promise<Bytes | "missing" | undefined>;

/** The files that names are looked up in, in the form of passwd(5) and group(5). */
const FILES = { user: "etc/passwd", group: "etc/group" } as const;

/**
 * Looks names up in the image's `/etc/passwd` and `/etc/group`. Without a group it is the user's primary one, or, for a user given by
 * number, the group of the same number.
 *
 * @throws {LayerError} if a name is not there, or the files cannot be read. BuildKit takes root for a name that is not there.
 */
export async function findOwner(
  { user, group }: OwnerNames,
  readContent: ReadContent,
): Promise<Owner> {
  const owner = await findUser(user, readContent);
  return group === undefined ? owner : { ...owner, gid: await findGroup(group, readContent) };
}

async function findUser(user: string, readContent: ReadContent): Promise<Owner> {
  const id = parseId(user);
  if (id !== undefined) return { uid: id, gid: id };
  const [uid = NaN, gid = NaN] = await findLine("user", user, readContent);
  return { uid, gid };
}

async function findGroup(group: string, readContent: ReadContent): Promise<number> {
  const id = parseId(group);
  if (id !== undefined) return id;
  const [gid = NaN] = await findLine("group", group, readContent);
  return gid;
}

/** The numbers in the first line with a name. */
async function findLine(
  kind: keyof typeof FILES,
  name: string,
  readContent: ReadContent,
): Promise<readonly number[]> {
  const path = FILES[kind];
  const content = await readContent(path);
  const refuse = (reason: string): LayerError =>
    new LayerError(
      `Cannot find the ${kind} ${
        printableJson(JSON.stringify(name))
      } in the base: ${reason}; write its number`,
      content === undefined ? { hint: { kind: "read-base" } } : {},
    );
  if (content === undefined) {
    throw refuse(`"/${path}" lies further down in its layers than they may be read`);
  }
  if (content === "missing") throw refuse(`it has no "/${path}"`);
  for (const line of new TextDecoder().decode(content).split("\n")) {
    const [own, _password, first = "", second = ""] = line.trim().split(":");
    if (own !== name) continue;
    const numbers = kind === "user" ? [parseId(first), parseId(second)] : [parseId(first)];
    if (numbers.every((id) => id !== undefined)) return numbers;
  }
  throw refuse(`"/${path}" does not name it`);
}
