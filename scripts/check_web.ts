/**
 * Type-checks everything but the host and the command line against the DOM library alone, without any runtime's own types, so that
 * it only uses web standards.
 */

import { ENTRIES } from "./entries.ts";
import { ROOMS } from "./lint/rooms.ts";
import { run, say } from "./run.ts";

/** The compiler options that may differ from those of deno.json. */
const OWN = new Set(["lib", "types"]);

async function readOptions(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(path))["compilerOptions"];
}

/** Fails if any other option differs: the web check has to be as strict as the usual one. */
async function compareOptions(): Promise<void> {
  const whole = await readOptions("deno.json");
  const web = await readOptions("scripts/web/config.json");
  for (const name of new Set([...Object.keys(whole), ...Object.keys(web)])) {
    if (!OWN.has(name) && whole[name] !== web[name]) {
      throw new Error(`Cannot check the web: "${name}" differs from deno.json`);
    }
  }
}

async function main(): Promise<number> {
  await compareOptions();
  const rooms = [...ROOMS.keys()].filter((room) => room !== "host" && room !== "cli");
  const { code, output } = await run([
    Deno.execPath(),
    "check",
    "--quiet",
    "--config",
    "scripts/web/config.json",
    ...ENTRIES.map(({ path }) => path),
    ...rooms.map((room) => `lib/${room}`),
    "examples/browser/page.ts",
  ]);
  if (output.trim() !== "") say(output.trim());
  return code;
}

if (import.meta.main) {
  main().then((code) => Deno.exitCode = code);
}
