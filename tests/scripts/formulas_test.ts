import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { exec, hasProgram, testWith } from "../end_to_end/program.ts";
import { withDirectory } from "../end_to_end/scratch.ts";

const SCRIPT = join(process.cwd(), "scripts/install/formulas.sh");

testWith(
  ["sh"],
  "formulas.sh names the files of a release with their checksums",
  () =>
    withDirectory(async (directory) => {
      const names = ["linux-x64.gz", "linux-arm64.gz", "macos-x64.gz", "macos-arm64.gz"];
      const files = [...names, "windows-x64.exe", "windows-x64.exe.gz"].map((name) =>
        `appendlayer-${name}`
      );
      const sum = (index: number): string => `${index}`.repeat(64);
      const sums = files.map((name, index) => `${sum(index)}  ${name}\n`).join("");
      await writeFile(join(directory, "SHA256SUMS"), sums);
      const { code, stderr } = await exec(["sh", SCRIPT, directory, "acme/appendlayer", "3.0.0"]);
      assert.deepEqual([code, stderr], [0, ""]);
      const release = "https://github.com/acme/appendlayer/releases/download/v3.0.0";
      const formula = await readFile(join(directory, "appendlayer.rb"), "utf8");
      for (const [index, name] of names.entries()) {
        const url = `url "${release}/appendlayer-${name}"`;
        assert.ok(formula.includes(`${url}\n      sha256 "${sum(index)}"\n`), name);
      }
      if (hasProgram("ruby")) {
        const checked = await exec(["ruby", "-c", join(directory, "appendlayer.rb")]);
        assert.equal(checked.code, 0, checked.stderr);
      }
      const manifest = JSON.parse(await readFile(join(directory, "appendlayer.json"), "utf8"));
      assert.deepEqual(manifest.architecture["64bit"], {
        url: `${release}/appendlayer-windows-x64.exe#/appendlayer.exe`,
        hash: sum(4),
      });
      await writeFile(join(directory, "SHA256SUMS"), "");
      const failed = await exec(["sh", SCRIPT, directory, "acme/appendlayer", "3.0.0"]);
      assert.notEqual(failed.code, 0, "a file that is not there");
    }),
);
