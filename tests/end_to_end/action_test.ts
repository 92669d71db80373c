/** The action for GitHub: its script is fed inputs as a runner does. */

import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DENO } from "./appendlayer.ts";
import { exec, testWith } from "./program.ts";
import { withDirectory } from "./scratch.ts";

const ACTION = fileURLToPath(new URL("../../.github/actions/appendlayer/", import.meta.url));

testWith(
  ["sh"],
  "the action appends what its inputs say, and tells digest and reference",
  async () => {
    const text = await readFile(join(ACTION, "action.yml"), "utf8");
    const script = await readFile(join(ACTION, "run.sh"), "utf8");
    for (const [, name = ""] of text.matchAll(/^ {8}(INPUT_\w+): /gm)) {
      assert.ok(script.includes(name), name);
      assert.match(text, new RegExp(`^  ${name.slice(6).toLowerCase()}:$`, "m"));
    }
    await withDirectory(async (directory) => {
      const bin = join(directory, "bin");
      await mkdir(bin);
      await mkdir(join(directory, "my site"));
      await writeFile(join(directory, "my site", "index.html"), "hello");
      const program = DENO.command.map((word) => `'${word}'`).join(" ");
      // In the place of a download.
      const install = join(directory, "install.sh");
      await writeFile(
        install,
        `printf '%s\\n' '#!/bin/sh' "exec ${
          program.replaceAll('"', '\\"')
        } \\"\\$@\\"" > "$2/appendlayer"; chmod 755 "$2/appendlayer"; echo "$@" > installed\n`,
      );
      await chmod(install, 0o755);
      const output = join(directory, "output");
      const inputs = {
        APPENDLAYER_BIN: bin,
        APPENDLAYER_INSTALL: install,
        GITHUB_OUTPUT: output,
        INPUT_BASE: "scratch",
        INPUT_TARGET: "oci:image:1",
        INPUT_ADD: "my site:/srv/www\n",
        INPUT_ENV: "A=$(touch hacked)\nB=two words\r\n\n",
        INPUT_LABEL: "x=`touch hacked`",
        INPUT_TAG: "2\n3",
        INPUT_OPTIONS: "--cmd\n/bin/x 'a b'",
        INPUT_VERSION: "3.0.0",
        DOCKER_CONFIG: directory,
      };
      const { code, stderr } = await exec(["sh", join(ACTION, "run.sh")], {
        cwd: directory,
        env: inputs,
      });
      assert.equal(code, 0, stderr);
      assert.equal(
        await readFile(join(directory, "installed"), "utf8"),
        `--dir ${bin} --version 3.0.0\n`,
      );
      const told = await readFile(output, "utf8");
      const [, digest = ""] =
        /^reference=oci:image:1@(sha256:[0-9a-f]{64})\ndigest=\1\n$/.exec(told) ?? [];
      assert.notEqual(digest, "", told);
      const json = await exec([...DENO.command, "inspect", "oci:image:3", "--json"], {
        cwd: directory,
      });
      const inspected = JSON.parse(json.stdout);
      assert.equal(inspected.digest, digest);
      const { config } = inspected.images[0].config;
      assert.deepEqual(config.Env, ["A=$(touch hacked)", "B=two words"]);
      assert.deepEqual(config.Labels, { x: "`touch hacked`" });
      assert.deepEqual(config.Cmd, ["/bin/x", "a b"]);
      await assert.rejects(readFile(join(directory, "hacked")));
      const wrong = { ...inputs, INPUT_TARGET: "UPPER/x", GITHUB_OUTPUT: join(directory, "none") };
      const failed = await exec(["sh", join(ACTION, "run.sh")], { cwd: directory, env: wrong });
      assert.equal(failed.code, 2, failed.stderr);
      await assert.rejects(readFile(join(directory, "none")));
    });
  },
);
