import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { main } from "../../../lib/cli/program.ts";
import { createFakeIo, type FakeIo, type FakeIoOptions } from "../fake_io.ts";

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

function notThere(): Promise<Response> {
  return Promise.resolve(new Response(null, { status: 404 }));
}

const MISSPELT: readonly [args: readonly string[], meant: string | undefined][] = [
  [["apend"], "append"],
  [["apend", "registry.test/a:1", "registry.test/a:2"], "append"],
  [["inspct", "registry.test/a:1"], "inspect"],
  [["Inspect", "registry.test/a:1"], "inspect"],
  [["coyp", "registry.test/a:1", "registry.test/a:2"], "copy"],
  [["lgoin", "registry.test", "-u", "me"], "login"],
  [["tga", "registry.test/a:1", "2"], "tag"],
  [["hlep"], "help"],
  [["push", "registry.test/a:1"], "copy"],
  [["build", "."], "append"],
  [["remove", "registry.test/a:1", "x"], undefined],
  [["myhost", "acme/app", "1", "2"], undefined],
];

describe("a command that there is not", () => {
  for (const [args, meant] of MISSPELT) {
    test(`is told as such for "${args.join(" ")}", before the input and the registry`, async () => {
      const { code, io } = await run(args);
      assert.equal(code, 2);
      assert.equal(
        io.errors(),
        `appendlayer: Cannot run "${
          args[0]
        }": there is no such command, and an image or host of that name goes after "append"${
          meant === undefined ? "" : `; did you mean the command "${meant}"?`
        }\nappendlayer --help shows how it is used\n`,
      );
    });
  }

  test("is none where the word is an image's or a host's name, or stands after append", async () => {
    for (
      const args of [
        ["nginx", "registry.test/a:1"],
        ["registry.test", "acme/app", "1", "2"],
        ["localhost", "acme/app", "1", "2"],
        ["localhost:5000", "acme/app:1", "acme/app:2"],
        ["append", "apend", "registry.test/a:1"],
        ["append", "myhost", "acme/app", "1", "2"],
      ]
    ) {
      const { io } = await run(args, { fetch: notThere });
      assert.doesNotMatch(io.errors(), /no such command/, args.join(" "));
    }
  });
});
