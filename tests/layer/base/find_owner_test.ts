import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { findOwner } from "../../../lib/layer/base/find_owner.ts";
import type { OwnerNames } from "../../../lib/layer/files/owner.ts";

const PASSWD = [
  "root:x:0:0:root:/root:/bin/sh",
  "",
  "# app:x:1:1:",
  "  app:x:1000:2000::/srv:/bin/sh\r",
  "app:x:5:5::/:/bin/sh",
  "broken:x:many:0:::",
  "short:x",
].join("\n");
const GROUP = "root:x:0:\nstaff:x:50:app,other\nhuge:x:4294967295:\n";

const encode = (text: string): Bytes => new TextEncoder().encode(text);

/** Finds an owner in an image, and lists what was read for it. */
async function find(
  names: OwnerNames,
  files: Readonly<Record<string, Bytes | undefined>> = {
    "etc/passwd": encode(PASSWD),
    "etc/group": encode(GROUP),
  },
): Promise<string> {
  const read: string[] = [];
  const { uid, gid } = await findOwner(names, (path) => {
    read.push(path);
    return Promise.resolve(path in files ? files[path] : "missing");
  });
  return [`${uid}:${gid}`, ...read].join(" ");
}

test("findOwner() takes the first line of a name, and the user's own group unless there is another", async () => {
  assert.equal(await find({ user: "app" }), "1000:2000 etc/passwd");
  assert.equal(await find({ user: "root" }), "0:0 etc/passwd");
  assert.equal(await find({ user: "app", group: "staff" }), "1000:50 etc/passwd etc/group");
});

test("findOwner() looks no number up", async () => {
  assert.equal(await find({ user: "7", group: "staff" }), "7:50 etc/group");
  assert.equal(await find({ user: "app", group: "7" }), "1000:7 etc/passwd");
});

test("findOwner() refuses what the files do not name, saying which", async () => {
  const refused = async (names: OwnerNames, message: string, files?: Record<string, undefined>) =>
    await assert.rejects(find(names, files), { name: "LayerError", message });
  for (const user of ["other", "broken", "short", "#", "4294967295"]) {
    await refused(
      { user },
      `Cannot find the user "${user}" in the base: "/etc/passwd" does not name it; write its number`,
    );
  }
  for (const group of ["app", "huge"]) {
    await refused(
      { user: "0", group },
      `Cannot find the group "${group}" in the base: "/etc/group" does not name it; write its number`,
    );
  }
  await refused(
    { user: "app" },
    'Cannot find the user "app" in the base: it has no "/etc/passwd"; write its number',
    {},
  );
  await refused(
    { user: "app" },
    'Cannot find the user "app" in the base: "/etc/passwd" lies further down in its layers than they may be read; write its number',
    { "etc/passwd": undefined },
  );
});
