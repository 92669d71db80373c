import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { APPEND } from "../../../lib/cli/commands/append_command.ts";
import { COMMANDS } from "../../../lib/cli/commands/commands.ts";
import { main } from "../../../lib/cli/program.ts";
import {
  formatBriefHelp,
  formatHelp,
  formatProgramHelp,
  formatShortHelp,
  formatWholeHelp,
  helpStyle,
} from "../../../lib/cli/output/format_help.ts";
import { createFakeIo, type FakeIo, type FakeIoOptions } from "../fake_io.ts";

const BOLD = "\x1b[1m";

async function run(
  args: readonly string[],
  options: FakeIoOptions = {},
): Promise<{ code: number; io: FakeIo }> {
  const io = createFakeIo({
    // Never to be looked at.
    input: () => {
      throw new Error("standard input was read");
    },
    fetch: () => Promise.reject(new Error("a registry was asked")),
    ...options,
  });
  return { code: await main(args, io), io };
}

function widest(text: string): number {
  // deno-lint-ignore no-control-regex
  return Math.max(...text.replace(/\x1b\[\d*m/g, "").split("\n").map((line) => line.length));
}

describe("the help", () => {
  test("of the name alone is twelve lines at most, and waits for no input", async () => {
    const { code, io } = await run([], { inputIsTerminal: true });
    assert.equal(code, 0);
    assert.equal(io.output(), formatBriefHelp());
    assert.equal(io.errors(), "");
    assert.ok(io.output().trimEnd().split("\n").length <= 12);
    assert.ok(widest(io.output()) <= 80);
    assert.equal(io.output().match(/^ {2}.*appendlayer /gm)?.length, 3);
    for (const { name } of COMMANDS) assert.match(io.output(), new RegExp(`\\b${name}\\b`));
  });

  test("of the name alone is a refusal for a script", async () => {
    const { code, io } = await run([]);
    assert.equal(code, 2);
    assert.match(io.errors(), /BASE and TARGET are missing/);
  });

  test("fits 40 lines for the program and for every command", () => {
    for (const text of [formatProgramHelp(), ...COMMANDS.map((each) => formatShortHelp(each))]) {
      assert.ok(text.trimEnd().split("\n").length <= 40, text);
    }
  });

  test("shows every option of a command to who asks for all", async () => {
    for (const command of COMMANDS) {
      const { code, io } = await run(["help", command.name]);
      assert.equal(code, 0);
      assert.equal(io.output(), formatHelp(command));
      for (const flag of command.options.keys()) assert.ok(io.output().includes(`--${flag}`), flag);
      const short = formatShortHelp(command);
      const isWhole = [...command.options.keys()].every((flag) => short.includes(`--${flag}`));
      assert.ok(isWhole || short.includes(`"appendlayer help ${command.name}" lists all`));
      for (const flag of command.common ?? []) {
        assert.ok(command.options.has(flag), flag);
        assert.ok(short.includes(`--${flag}`), flag);
      }
    }
    const { io } = await run(["help", "all"]);
    assert.equal(io.output(), formatWholeHelp());
    for (const command of COMMANDS) assert.ok(io.output().includes(formatHelp(command)));
  });

  test("tells of an option by its name, and which commands have it", async () => {
    for (const name of ["sync", "--sync"]) {
      const { code, io } = await run(["help", name]);
      assert.equal(code, 0);
      assert.match(
        io.output(),
        /^An option of append, batch:\n {2}--sync SRC:DEST \.\.\. +make DEST equal/,
      );
    }
    // What one word means to several commands stands once for each meaning.
    const { io } = await run(["help", "platform"]);
    assert.equal(io.output().match(/^An option of /gm)?.length, 3);
    // A command comes first.
    assert.equal((await run(["help", "tag"])).io.output().indexOf("Usage: "), 0);
  });

  test("is as wide as a terminal, within bounds, and 80 columns elsewhere", async () => {
    for (const [columns, least, most] of [[40, 35, 60], [80, 70, 80], [200, 85, 100]] as const) {
      const { io } = await run(["help", "append"], { columns, outputIsTerminal: true });
      const prose = io.output().split("\n").filter((line) => !/^ {2}\S|appendlayer /.test(line));
      const width = widest(prose.join("\n"));
      assert.ok(width >= least && width <= most, `${columns}: ${width}`);
      const piped = await run(["help", "append"], { columns });
      assert.equal(piped.io.output(), formatHelp(APPEND));
    }
  });

  test("has bold heads on a terminal that shows them, unless NO_COLOR is set", async () => {
    const cases: readonly [FakeIoOptions, boolean][] = [
      [{ outputIsTerminal: true }, true],
      [{ outputIsTerminal: true, env: { NO_COLOR: "" } }, true],
      [{ outputIsTerminal: true, env: { NO_COLOR: "1" } }, false],
      [{ outputIsTerminal: true, env: { TERM: "dumb" } }, false],
      [{}, false],
    ];
    for (const [options, isBold] of cases) {
      const { io } = await run(["copy", "--help"], options);
      assert.equal(io.output().includes(`${BOLD}Result:`), isBold, JSON.stringify(options));
      assert.equal(helpStyle(io).bold ?? false, isBold);
    }
  });
});
