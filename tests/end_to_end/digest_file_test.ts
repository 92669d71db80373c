import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { appendlayer, onEachRuntime } from "./appendlayer.ts";
import { tarOfFiles } from "./base_image.ts";
import { testWith } from "./program.ts";
import { withDirectory } from "./scratch.ts";

testWith(
  ["sh"],
  "--digest-file writes to the descriptor that its path stands for, and replaces no file behind it",
  async () => {
    const input = await tarOfFiles({ a: "a" });
    await onEachRuntime(({ name, command }) =>
      withDirectory(async (cwd) => {
        for (const path of ["stdout", "stderr", "fd/1", "fd/3"].map((end) => `/dev/${end}`)) {
          // In one shell, whose descriptors the program shares, with words before and after.
          const script = `exec >>out 2>>err 3>>third; echo before | tee -a err >>third; echo before
            "$@" --digest-file ${path}; echo after; echo after >&2; echo after >&3`;
          const runtime = { name, command: ["sh", "-c", script, "sh", ...command] };
          const { stderr } = await appendlayer(["scratch", "oci:image:1"], {
            runtime,
            cwd,
            input,
            env: { SOURCE_DATE_EPOCH: "0" },
          });
          assert.equal(stderr, "");
        }
        const [out, err, third] = await Promise.all(
          ["out", "err", "third"].map((file) => readFile(join(cwd, file), "utf8")),
        );
        const line = /oci:image:1@(sha256:[a-f0-9]{64})\n/;
        const [result = "", digest = ""] = line.exec(out ?? "") ?? [];
        const plain = "before\nafter\n";
        const told = `before\n${digest}\nafter\n`;
        const both = `before\n${result}${digest}\nafter\n`;
        const alone = `before\n${result}after\n`;
        assert.equal(out, both + alone + both + alone, name);
        assert.equal(err, plain + told + plain + plain, name);
        assert.equal(third, plain + plain + plain + told, name);
        assert.deepEqual((await readdir(cwd)).sort(), ["err", "image", "out", "third"]);
      })
    );
  },
);
