import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { collectBytes } from "../../lib/base/collect.ts";
import { addFiles } from "../../lib/host/files/add_files.ts";
import { listAttributes } from "../../lib/host/extended_attributes.ts";
import { runtime } from "../../lib/host/runtime.ts";
import { writeTar } from "../../lib/tar/writer.ts";
import { readEntries } from "../image/read_entries.ts";
import { withDirectory } from "./temporary.ts";

test("addFiles() keeps the capabilities of programs where the runtime can read them", async (t) => {
  await withDirectory(async (place) => {
    const source = join(place, "src");
    mkdirSync(source);
    for (const name of ["plain", "server", "unused"]) writeFileSync(join(source, name), "x");
    for (const name of ["plain", "server"]) chmodSync(join(source, name), 0o755);
    symlinkSync("server", join(source, "link"));
    try {
      const setcap = ["cap_net_bind_service=ep", join(source, "server")];
      execFileSync("setcap", setcap, { stdio: "ignore" });
      execFileSync("setcap", ["cap_chown=ep", join(source, "unused")], { stdio: "ignore" });
    } catch {
      return t.skip("this machine has no setcap, or no right to use it");
    }
    const layer = addFiles({ additions: [{ source, destination: "/app" }] });
    const records = readEntries(await collectBytes(layer())).map(({ path, records = [] }) =>
      [path, ...records.map(([keyword, value]) => `${keyword} ${value.length}`)].join(" ")
    );
    // Node has no way to them, and other C libraries have another name.
    const canRead = runtime !== "node" && !existsSync("/etc/alpine-release");
    const kept = canRead ? " SCHILY.xattr.security.capability 20" : "";
    assert.deepEqual(records, ["app/link", "app/plain", `app/server${kept}`, "app/unused"]);
  });
});

test("addFiles() tells what it leaves behind of the attributes of files, where the runtime can list them", async (t) => {
  await withDirectory(async (place) => {
    const common = { mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 0 } as const;
    const records = [["SCHILY.xattr.user.comment", "mine"], [
      "SCHILY.xattr.user.other",
      "x",
    ]] as const;
    const tar = await collectBytes(writeTar([
      { ...common, path: "src/", type: "directory", mode: 0o755 },
      { ...common, path: "src/noted", type: "file", records },
      { ...common, path: "src/plain", type: "file" },
    ]));
    writeFileSync(join(place, "files.tar"), tar);
    const options = ["--xattrs", "--xattrs-include=user.*", "--no-same-owner"];
    const extracted = execute("tar", [...options, "-xf", join(place, "files.tar"), "-C", place]);
    const source = join(place, "src");
    if (!extracted || listAttributes(join(source, "noted"), false).length === 0) {
      return t.skip("this runtime cannot list attributes, or this machine cannot keep them");
    }
    const told: string[] = [];
    const onAttributes = (path: string, names: readonly string[]): void => {
      told.push(`${path.slice(source.length + 1)}: ${names.toSorted().join(" ")}`);
    };
    const layer = addFiles({ additions: [{ source, destination: "/app" }], onAttributes });
    await collectBytes(layer());
    assert.deepEqual(told, ["noted: user.comment user.other"]);
  });
});

function execute(program: string, options: readonly string[]): boolean {
  try {
    execFileSync(program, options, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
