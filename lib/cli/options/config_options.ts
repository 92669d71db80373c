/** How an image runs, from the command line. */

import type { ChangeOptions } from "../../image/verbs/change_image.ts";
import { checkConfigEdit, type ConfigEdit } from "../../oci/config_edit.ts";
import { formatPlatform, parsePlatform } from "../../oci/platform.ts";
import { isTag } from "../../oci/reference.ts";
import type { Arguments } from "./arguments.ts";
import type { Io } from "../io.ts";
import { parseHealthcheck } from "./healthcheck.ts";
import { parseList } from "./shell_words.ts";
import { UsageError } from "../usage_error.ts";
import { parseSettings, parseTextOrUnset, parseTime } from "./values.ts";

/**
 * Reads what is to change in the config.
 *
 * @throws {UsageError} that names the option with a bad value.
 */
export function readConfigEdit(args: Arguments): ConfigEdit {
  const edit: ConfigEdit = {
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
  try {
    checkConfigEdit(edit);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
  return edit;
}

/**
 * Reads the other options of new images.
 *
 * @throws {UsageError} that names the option with a bad value.
 */
export function readImageOptions(
  args: Arguments,
  { env }: Pick<Io, "env">,
): Pick<ChangeOptions, "platforms" | "tags" | "created" | "author" | "annotations"> {
  const epoch = env["SOURCE_DATE_EPOCH"];
  return {
    platforms: args.allParsed("platform", (text) => formatPlatform(parsePlatform(text))),
    tags: args.allParsed("tag", parseTag),
    created: args.parsed("created", parseTime) ?? (epoch ? readEpoch(epoch) : undefined),
    author: args.text("author"),
    annotations: readSettings(args, "annotation"),
  };
}

function parseTag(text: string): string {
  if (isTag(text)) return text;
  throw new SyntaxError(
    `expected up to 128 letters, digits, ".", "_" and "-", got ${JSON.stringify(text)}`,
  );
}

/**
 * Reads seconds since 1970 (reproducible-builds.org, SOURCE_DATE_EPOCH).
 *
 * @throws {UsageError} if they are none.
 */
export function readEpoch(text: string): Date {
  if (/^\d{1,12}$/.test(text)) return new Date(Number(text) * 1000);
  throw new UsageError(
    `Cannot use SOURCE_DATE_EPOCH: expected seconds since 1970, got ${JSON.stringify(text)}`,
  );
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
