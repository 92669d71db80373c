/**
 * `deno task demo`: makes a file, tars it, appends it to an image in an OCI layout and shows the result. Needs no server, no engine and
 * no network; everything happens in a temporary directory that is removed at the end.
 */

import { say } from "./run.ts";

/** The steps: what each is for, and the command as a person would type it. */
export const STEPS: readonly (readonly [about: string, command: string])[] = [
  ["A file, and a first image that holds nothing else.", "echo 'Hello from a layer.' > hello.txt"],
  ["", "tar cf - hello.txt | appendlayer scratch oci:image:1 --quiet"],
  [
    "A second file goes on top, with a variable. What is there already is not sent again.",
    "echo 'Me too.' > more.txt",
  ],
  ["", "tar cf - more.txt | appendlayer oci:image:1 oci:image:2 --quiet --env GREETING=hello"],
  ["The result: two layers, and a config that knows both.", "appendlayer inspect oci:image:2"],
];

/** A command line for a shell in which `appendlayer` runs this checkout. */
export function shellCommand(
  command: string,
  directory: string,
  options: Pick<Deno.CommandOptions, "env" | "stdout" | "stderr"> = {},
): Deno.Command {
  const cli = new URL("../cli.ts", import.meta.url).href;
  const program =
    `appendlayer() { "$APPENDLAYER_DENO" run --allow-all --no-check "$APPENDLAYER_CLI" "$@"; }`;
  return new Deno.Command("sh", {
    args: ["-c", `${program}\n${command}`],
    cwd: directory,
    ...options,
    env: { APPENDLAYER_DENO: Deno.execPath(), APPENDLAYER_CLI: cli, ...options.env },
    stdin: "null",
  });
}

async function main(): Promise<number> {
  const directory = await Deno.makeTempDir({ prefix: "appendlayer-demo-" });
  try {
    for (const [about, command] of STEPS) {
      if (about !== "") say(`\n# ${about}`);
      say(`$ ${command}`);
      const { code } = await shellCommand(command, directory).spawn().status;
      if (code !== 0) return code;
    }
    say("\nThe same works with an image in a registry: appendlayer BASE TARGET");
    return 0;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) {
  main().then((code) => Deno.exitCode = code);
}
