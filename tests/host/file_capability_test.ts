import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { collectBytes } from "../../lib/base/collect.ts";
import { addFiles } from "../../lib/host/files/add_files.ts";
import { runtime } from "../../lib/host/runtime.ts";
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
