/** The documentation names files of this project: each of them has to be there. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import project from "../../deno.json" with { type: "json" };

/** Tests are run from the root of the project; on Node this file is in a bundle elsewhere. */
const ROOT = process.cwd();

/** Lines of a file, and files of a folder, above which the architecture tells why. */
const LARGE_FILE = 300;
const LARGE_FOLDER = 25;

/** What readers are given. CHANGES.md tells of the past too, so that only its links are looked at. */
const PAGES: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGES.md",
  "examples/README.md",
  ...readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md")).sort()
    .map((name) => `docs/${name}`),
];

/** `[text](target)` and `[label]: target`. */
const LINK = /\]\(([^()\s]+)\)|^\[[^\]]+\]: (\S+)$/gm;

/** A path from the root of the project, and the names that are said to be in that file: `lib/a/b.ts` (`one`, `two`). */
const PATH =
  /(?<![\w./-])((?:lib|tests|scripts|examples|\.github|\.ci)\/[\w./-]*[\w/])(?:`\s+\(((?:`\w+`(?:,\s+)?)+)\))?/g;

function read(page: string): string {
  // Git writes other line ends on Windows.
  return readFileSync(join(ROOT, page), "utf8").replaceAll("\r\n", "\n");
}

/** The links of a page that lead to nothing. */
function deadLinks(page: string, text: string): string[] {
  const dead: string[] = [];
  for (const [, inline, defined] of text.matchAll(LINK)) {
    const target = inline ?? defined ?? "";
    if (/^[a-z]+:/.test(target)) continue;
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : join(dirname(page), path);
    const isThere = existsSync(join(ROOT, file));
    if (!isThere || anchor !== undefined && !anchorsOf(read(file)).has(anchor)) dead.push(target);
  }
  return dead;
}

/** The anchors of a page's headings, as repository hosts make them. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").trim().replaceAll(" ", "-")
    ),
  );
}

/** The paths of a text that are not there, and the names that are not in their file. */
function missingPaths(text: string): string[] {
  const missing: string[] = [];
  for (const [, path = "", names = ""] of text.matchAll(PATH)) {
    const file = join(ROOT, path);
    if (!existsSync(file)) {
      missing.push(path);
      continue;
    }
    for (const [, name = ""] of names.matchAll(/`(\w+)`/g)) {
      if (!new RegExp(`\\b${name}\\b`).test(readFileSync(file, "utf8"))) {
        missing.push(`${path}: ${name}`);
      }
    }
  }
  return missing;
}

/** What is wrong with a page's commands that Deno runs: a task or a path that is not there, another version than CI's. */
function wrongCommands(text: string): string[] {
  const [version = ""] = /deno@[\d.]+\d/.exec(read(".ci/run")) ?? [];
  const wrong = text.match(/deno@[\d.]+\d/g)?.filter((found) => found !== version) ?? [];
  for (const [command, task = ""] of text.matchAll(/\bdeno(?:@[\d.]+)? task (\w+)/g)) {
    if (!Object.hasOwn(project.tasks, task)) wrong.push(command);
  }
  for (const [, block = ""] of text.matchAll(/^```sh(?: \w+)?\n(.*?)^```$/gms)) {
    for (const [command, path = ""] of block.matchAll(/deno@\S+ test [^\n]*?(tests\/\S+)/g)) {
      if (!existsSync(join(ROOT, path))) wrong.push(command);
    }
    // What the end-to-end tests run needs no look here; of the rest, no more is known than this.
    for (const command of block.split(/\n|&&/).map((text) => text.replace(/ #.*/, "").trim())) {
      const known =
        /^(?:npx -y deno@\S+ (?:task \w+|test -A --no-check \S+|fmt|lint)|git clone \S+)$/;
      if (/^(?:npx|git|deno) /.test(command) && !known.test(command)) wrong.push(command);
    }
  }
  return wrong;
}

/** The files below a folder. */
function* filesOf(folder: string): Iterable<string> {
  for (const name of readdirSync(join(ROOT, folder)).sort()) {
    const path = `${folder}/${name}`;
    if (statSync(join(ROOT, path)).isDirectory()) yield* filesOf(path);
    else yield path;
  }
}

/** Files that have many lines and folders that have many files. */
function* largeOnes(folder: string): Iterable<string> {
  const files = new Map<string, number>();
  for (const path of filesOf(folder)) {
    files.set(dirname(path), (files.get(dirname(path)) ?? 0) + 1);
    if (read(path).trimEnd().split("\n").length > LARGE_FILE) yield path;
  }
  for (const [path, count] of files) if (count > LARGE_FOLDER) yield path;
}

describe("the documentation", () => {
  for (const page of PAGES) {
    test(`${page} has no link that leads nowhere`, () => {
      assert.deepEqual(deadLinks(page, read(page)), []);
    });
    if (page === "CHANGES.md") continue;
    test(`${page} names only files that are there, and what is in them`, () => {
      assert.deepEqual(missingPaths(read(page)), []);
    });
  }

  test("every command for contributors names tasks and tests that are there, and CI's Deno", () => {
    for (const page of PAGES) {
      if (page !== "CHANGES.md") assert.deepEqual(wrongCommands(read(page)), [], page);
    }
    assert.deepEqual(
      wrongCommands("`deno task none`\n```sh\nnpx -y deno@1.0.0 test tests/none && npx x\n```\n"),
      [
        "deno@1.0.0",
        "deno task none",
        "deno@1.0.0 test tests/none",
        "npx -y deno@1.0.0 test tests/none",
        "npx x",
      ],
    );
  });

  test("tells why each large file and folder of lib/ is as large as it is", () => {
    const [, sizes = ""] = read("docs/architecture.md").split("\n## Size\n");
    const told = new Set(sizes.match(/(?<=`)lib\/[\w./-]+(?=`:)/g));
    assert.deepEqual(told, new Set(largeOnes("lib")));
  });

  test("no file of a room is called as one of another room, as the architecture says", () => {
    const rooms = new Map<string, Set<string>>();
    for (const path of filesOf("lib")) {
      const [, room = "", ...rest] = path.split("/");
      const name = rest.at(-1) ?? "";
      rooms.set(name, (rooms.get(name) ?? new Set()).add(room));
    }
    const shared = [...rooms].filter(([, those]) => those.size > 1).map(([name]) => name);
    assert.deepEqual(shared, []);
  });

  test("README.md leads to every page", () => {
    const text = read("README.md");
    for (const page of PAGES.slice(1)) assert.ok(text.includes(`](${page})`), page);
  });

  test("a link, a path, a name and a heading that are not there are found", () => {
    const text =
      "[a](nowhere.md) [b](../README.md) [c](../README.md#nothing)\n[d]: ../lib/none.ts\n";
    assert.deepEqual(deadLinks("docs/page.md", text), [
      "nowhere.md",
      "../README.md#nothing",
      "../lib/none.ts",
    ]);
    assert.deepEqual(
      missingPaths("`lib/base/none.ts`, usr/lib/none, `lib/base/hex.ts` (`encodeHex`, `none`)"),
      ["lib/base/none.ts", "lib/base/hex.ts: none"],
    );
  });
});
