/** `appendlayer version`. */

import { hostProcess } from "../../host/builtin.ts";
import { JSON_OPTIONS } from "../options/result_options.ts";
import { writeJson } from "../output/write_json.ts";
import { VERSION as NUMBER } from "../version.ts";
import { type Command, command } from "./command.ts";

/** Prints the version; with `--json` also the runtime and the system, for bug reports. */
export const VERSION: Command = command({
  name: "version",
  about: "print the version, and with --json what it runs on",
  usage: ["version [OPTIONS]"],
  detail: "Prints the version alone; with --json the runtime, the system and the processor, too.",
  examples: ["appendlayer version --json"],
  operands: [0],
  groups: { json: JSON_OPTIONS },
  run: async ({ operands: _none, json, ...unread }, session) => {
    if (json()) await writeJson(describeVersion(), session);
    else await session.out(`${NUMBER}\n`);
    return unread;
  },
});

function describeVersion(): Record<string, string | null> {
  const { versions, platform, arch } = hostProcess ?? {};
  const runtime = ["bun", "deno", "node"].find((name) => versions?.[name] !== undefined);
  return {
    version: NUMBER,
    runtime: runtime ?? null,
    runtimeVersion: versions?.[runtime ?? ""] ?? null,
    os: platform ?? null,
    architecture: arch ?? null,
  };
}
