import assert from "node:assert/strict";
import { test } from "node:test";
import { type IgnoreMatch, IgnoreRules, parseIgnoreFile } from "../../../lib/layer/files/ignore.ts";

/** Whether a path is left out, judged from the top as a walk does. */
function ignores(patterns: readonly string[], path: string): boolean {
  const rules = new IgnoreRules(patterns);
  let match: IgnoreMatch | undefined;
  const parts = path.split("/");
  for (let depth = 1; depth <= parts.length; depth++) {
    match = rules.match(parts.slice(0, depth).join("/"), match);
  }
  return match?.ignored ?? false;
}

/** Patterns, what they leave out, and what they do not. */
const CASES: readonly (readonly [string[], string[], string[]])[] = [
  [[], [], ["a", "a/b"]],
  [["a"], ["a", "a/b", "a/b/c"], ["ab", "b/a", "A"]],
  [["a/b"], ["a/b", "a/b/c"], ["a", "b", "c/a/b"]],
  [["/a"], ["a"], ["b/a"]],
  [["a/"], ["a", "a/b"], ["b/a"]],
  [["./a//b/../c"], ["a/c"], ["a/b", "a"]],
  [["../a", "b/../../c", "../**", "..", "a/../.."], [], ["a", "b", "c", "a/b"]],
  [["/../a"], ["a"], ["b"]],
  [["*", "!../a"], ["a"], []],
  [["*"], ["a", ".a", "a/b"], []],
  [["*.go"], ["x.go", ".go"], ["x.goo", "a/x.go"]],
  [["*/temp*"], ["a/temp", "a/temporary/b"], ["temp", "a/b/temp"]],
  [["*/*/temp*"], ["a/b/temp1"], ["a/temp1"]],
  [["temp?"], ["tempa", "temp1/x"], ["temp", "temp/a", "tempab"]],
  [["**"], ["a", "a/b"], []],
  [["**/x"], ["x", "a/x", "a/b/x", "a/x/b"], ["xx", "a/xx", "ax"]],
  [["**/*.go"], ["x.go", "a/b/x.go"], ["x.goo"]],
  [["a/**"], ["a/b", "a/b/c"], ["a", "b/a/c"]],
  [["a/**/z"], ["a/z", "a/b/z", "a/b/c/z"], ["a", "z", "a/bz"]],
  [["**/a/**"], ["a/b", "x/a/b"], ["a", "x/a"]],
  [["a**z"], ["az", "ab/z"], ["abz"]],
  [["[a-c]1"], ["a1", "c1"], ["d1", "-1"]],
  [["[^a-c]1"], ["d1", "-1"], ["a1", "/1"]],
  [["[\\]a-]"], ["]", "a", "-"], ["b", "\\"]],
  [["a[^b]c"], ["axc"], ["a/c", "abc"]],
  [["[[&~]"], ["[", "&", "~"], ["a"]],
  [["a\\*b"], ["a*b"], ["aXb"]],
  [["\\!important"], ["!important"], ["important"]],
  [["a.b+(c)|{d}^$"], ["a.b+(c)|{d}^$"], ["axb+(c)|{d}^$"]],
  [["ünï*/層"], ["ünïcode/層"], ["ünï/a"]],
  [["?"], ["🚀", "a"], ["ab"]],
  [["a b"], ["a b"], ["a"]],
  // The last rule wins.
  [["*", "!x"], ["a", "y/x"], ["x", "x/y"]],
  [["*", "!x", "x"], ["a", "x"], []],
  [["*.md", "!README*.md", "README-secret.md"], ["a.md", "README-secret.md"], ["README.md"]],
  [["*.md", "README-secret.md", "!README*.md"], ["a.md"], ["README-secret.md"]],
  [["a", "!a/b"], ["a", "a/c"], ["a/b", "a/b/c"]],
  [["a", "!a/b", "a/b/c"], ["a/b/c", "a/b/c/d"], ["a/b", "a/b/d"]],
  [["a", "!**/keep"], ["a/x"], ["a/keep", "a/b/keep"]],
  [["a/*", "! a/b "], ["a/c"], ["a", "a/b"]],
  [["", ".", "/"], [], ["a"]],
];

test("IgnoreRules leaves out what .dockerignore leaves out", () => {
  for (const [patterns, ignored, kept] of CASES) {
    for (const path of ignored) assert.ok(ignores(patterns, path), `${patterns}: ${path}`);
    for (const path of kept) assert.ok(!ignores(patterns, path), `${patterns}: ${path}`);
  }
});

test("IgnoreRules rejects malformed patterns", () => {
  for (const pattern of ["[", "a[", "[]", "[a", "a\\", "[z-a]", "!", "! "]) {
    assert.throws(() => new IgnoreRules([pattern]), (error: Error) => {
      assert.ok(error instanceof SyntaxError);
      assert.ok(error.message.endsWith(`got ${JSON.stringify(pattern)}`), error.message);
      return true;
    }, pattern);
  }
});

test("mayBringBack() says into which ignored directories a walk must look", () => {
  const cases: [string[], string, boolean][] = [
    [["a"], "a", false],
    [["a", "!b"], "a", false],
    [["a", "!a/b"], "a", true],
    [["a", "!a/b"], "a/b", false],
    [["a", "!a/b/c"], "a/b", true],
    [["a", "!a/b/c"], "a/c", false],
    [["*", "!*/c"], "a", true],
    [["a", "!**/c"], "a/b/c/d", true],
    [["a", "!b/**"], "a", false],
    [["a", "!a/**/z"], "a/b/c", true],
    [["a", "!a"], "a/b", false],
  ];
  for (const [patterns, directory, expected] of cases) {
    assert.equal(new IgnoreRules(patterns).mayBringBack(directory), expected, `${patterns}`);
  }
});

test("parseIgnoreFile() takes lines apart", () => {
  assert.deepEqual(
    parseIgnoreFile("\ufeff# comment\r\n\n  a  \r\n #b\n\t\n!c\n*.log # no comment"),
    ["a", "#b", "!c", "*.log # no comment"],
  );
  assert.deepEqual(parseIgnoreFile(""), []);
});
