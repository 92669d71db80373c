import assert from "node:assert/strict";
import { test } from "node:test";
import { checkEntry } from "../../lib/layer/check_entry.ts";

type Entry = Parameters<typeof checkEntry>[0];

const entry = (path: string, type: Entry["type"] = "file", rest: Partial<Entry> = {}): Entry => ({
  path,
  type,
  mode: 0o755,
  ...rest,
});

const HARMLESS: readonly Entry[] = [
  entry("etc/app.conf"),
  entry("./"),
  entry("usr/lib/libfoo.so"),
  entry("opt/bin/tool"),
  entry("library/x"),
  entry(".binrc"),
  entry("var/log/x"),
  entry("var/running/x"),
  entry("var/run", "symlink", { linkPath: "/run" }),
  entry("usr/lib/", "directory"),
  entry("opt/bin/", "directory"),
  entry("a/../b"),
  entry("/etc/passwd"),
  entry("tmp/", "directory", { mode: 0o1777 }),
  entry("tmp/x", "directory", { mode: 0o700 }),
  entry("tmpfiles/", "directory", { mode: 0o700 }),
  entry(".tmp/", "directory", { mode: 0o700 }),
  entry("./", "directory"),
  entry("bin", "symlink", { linkPath: "usr/bin" }),
  entry("a/b", "symlink", { linkPath: "/etc/passwd" }),
  entry("a/b", "symlink", { linkPath: "../c" }),
  entry("a/b", "hard-link", { linkPath: "c/d" }),
];

const FLAWED: readonly (readonly [Entry, RegExp])[] = [
  [entry("../x"), /"..\/x" leaves the root/],
  [entry("a/../../x"), /leaves the root/],
  [entry("a", "hard-link", { linkPath: "../x" }), /hard link "a" points out/],
  [entry("a/b", "symlink", { linkPath: "../../x" }), /symbolic link "a\/b" points out/],
  [
    entry("bin/", "directory"),
    /entries in \/bin: .* a link to usr\/bin there, .* Put them into usr\/bin/,
  ],
  [entry("./lib64", "directory"), /entries in \/lib64: /],
  [entry("lib/libfoo.so"), /entries in \/lib: /],
  [entry("./bin/.wh.sh"), /entries in \/bin: /],
  [entry("/sbin/a/b", "symlink", { linkPath: "c" }), /entries in \/sbin: /],
  [entry("var/run/app.pid"), /entries in \/var\/run: .* a link to run there/],
  [entry("var/lock/x", "directory"), /entries in \/var\/lock: .* a link to run\/lock there/],
  [entry("tmp/", "directory"), /mode of \/tmp to 0755/],
  [entry("./tmp/./", "directory"), /mode of \/tmp to 0755/],
  [entry("a/../tmp", "directory"), /mode of \/tmp to 0755/],
  [entry("./", "directory", { mode: 0o700 }), /mode of \/ to 0700/],
  [entry("/", "directory", { mode: 0o700 }), /mode of \/ to 0700/],
  [entry("a/../", "directory", { mode: 0o700 }), /mode of \/ to 0700/],
];

test("checkEntry() finds nothing wrong with what layers usually hold", () => {
  for (const one of HARMLESS) assert.equal(checkEntry(one), undefined, one.path);
});

for (const [one, message] of FLAWED) {
  test(`checkEntry() warns of the ${one.type} ${one.path} ${one.linkPath ?? ""}`, () => {
    assert.match(checkEntry(one)?.message ?? "", message);
  });
}

test("checkEntry() says the same of all entries below one link, which are told once", () => {
  assert.deepEqual(checkEntry(entry("bin/a")), checkEntry(entry("bin/b/", "directory")));
  assert.deepEqual(checkEntry(entry("bin/a"))?.hint, { kind: "read-base" });
});

test("checkEntry() knows no link in the way where those of the base were followed", () => {
  const isAligned = true;
  assert.equal(checkEntry(entry("bin/", "directory"), { isAligned }), undefined);
  assert.match(
    checkEntry(entry("tmp/", "directory"), { isAligned })?.message ?? "",
    /mode of \/tmp/,
  );
});

test("checkEntry() shows a name's control characters and marks of direction as escapes", () => {
  const flaw = checkEntry(entry("../a\u009b2J\u202eb"))?.message ?? "";
  assert.ok(flaw.includes('"../a\\u009b2J\\u202eb"'), flaw);
});
