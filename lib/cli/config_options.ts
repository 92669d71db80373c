/** How an image runs, from the command line. */

import type { ConfigEdit } from "../oci/config_edit.ts";
import type { Arguments } from "./arguments.ts";
import { parseHealthcheck } from "./healthcheck.ts";
import { parseList } from "./shell_words.ts";
import { UsageError } from "./usage_error.ts";
import { parseSettings, parseTextOrUnset } from "./values.ts";

/**
 * Reads what is to change in the config.
 *
 * @throws {UsageError} that names the option with a bad value.
 */
export function readConfigEdit(args: Arguments): ConfigEdit {
  return {
    env: readSettings(args, "env"),
    labels: readSettings(args, "label"),
    entrypoint: args.parsed("entrypoint", parseList),
    cmd: args.parsed("cmd", parseList),
    workdir: args.parsed("workdir", parseTextOrUnset),
    user: args.parsed("user", parseTextOrUnset),
    expose: readAdditions(args, "expose"),
    volumes: readAdditions(args, "volume"),
    stopSignal: args.parsed("stop-signal", parseTextOrUnset),
    healthcheck: args.parsed("healthcheck", parseHealthcheck),
    shell: args.parsed("shell", parseList),
  };
}

/**
 * Reads a repeatable `K=V` or `K-`.
 *
 * @throws {UsageError} if one is neither.
 */
export function readSettings(
  args: Arguments,
  name: string,
): Record<string, string | null> | undefined {
  if (!args.has(name)) return undefined;
  return Object.assign({}, ...args.allParsed(name, (text) => parseSettings([text])));
}

function readAdditions(args: Arguments, name: string): readonly string[] | null | undefined {
  const values = args.all(name);
  if (values.length === 0) return undefined;
  if (!values.includes("")) return values;
  if (values.length === 1) return null;
  throw new UsageError(`Cannot use --${name} '' with others: it unsets all`);
}
