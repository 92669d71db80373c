/** The layers to append, from the command line. */

import { collectBytes } from "../base/collect.ts";
import { hostProcess } from "../host/builtin.ts";
import type { AddFilesOptions } from "../host/add_files.ts";
import { parseAddition } from "../layer/addition.ts";
import { editEntries } from "../layer/edit_entries.ts";
import { parseFileMode } from "../layer/file_mode.ts";
import { parseIgnoreFile } from "../layer/ignore.ts";
import type { LayerInput } from "../layer/layer_input.ts";
import { parseOwner } from "../layer/owner.ts";
import type { Arguments } from "./arguments.ts";
import { readEpoch } from "./config_options.ts";
import type { Io } from "./io.ts";
import type { Session } from "./session.ts";
import { UsageError } from "./usage_error.ts";
import { parseTime } from "./values.ts";

/** Bytes of a file of patterns. */
const LARGEST_IGNORE_FILE = 1024 * 1024;

/**
 * Reads what the layers are made of: the archives of `--layer` in their order, then the files of `--add`; or else standard input.
 *
 * @throws {UsageError} for options that do not go together, or a bad value.
 */
export async function readLayers(args: Arguments, session: Session): Promise<LayerInput[]> {
  const hasFiles = ["add", "delete", "opaque"].some((name) => args.has(name));
  const archives = args.has("layer") ? args.all("layer") : hasFiles ? [] : ["-"];
  if (archives.length === 0) refuseWithout(args, ["prefix"], "a tar to put below a directory");
  if (!args.has("add")) refuseWithout(args, ["ignore", "ignore-file", "dereference"], "--add");
  return [
    ...readArchives(archives, args, session),
    ...(hasFiles ? [await readFiles(args, session.io)] : []),
  ];
}

function refuseWithout(args: Arguments, names: readonly string[], needed: string): void {
  for (const name of names) {
    if (args.has(name)) throw new UsageError(`Cannot use --${name} without ${needed}`);
  }
}

function readArchives(
  archives: readonly string[],
  args: Arguments,
  { io, signal }: Session,
): LayerInput[] {
  if (archives.filter((archive) => archive === "-").length > 1) {
    throw new UsageError(
      "Cannot use --layer - more than once: standard input can be read only once",
    );
  }
  if (archives.includes("-") && io.terminal.input) {
    throw new UsageError(
      "Cannot read a layer from standard input: it is a terminal; pipe a tar into it, or use --add or --layer",
    );
  }
  const mtime = args.parsed("mtime", parseMtime);
  const owner = args.parsed("chown", parseOwner);
  const chmod = args.parsed("chmod", parseFileMode);
  const others = { owner, chmod, mtime: mtime === "keep" ? undefined : mtime };
  const edit = args.has("prefix")
    ? args.parsed("prefix", (prefix) => editEntries({ ...others, prefix }))
    : editEntries(others);
  return archives.map((archive) => ({
    name: archive === "-" ? "standard input" : `"${archive}"`,
    input: archive === "-"
      ? io.readInput(signal)
      : io.isReplayable(archive)
      ? () => io.readFile(archive)
      : io.readFile(archive),
    edit,
  }));
}

async function readFiles(args: Arguments, io: Io): Promise<LayerInput> {
  const windows = hostProcess?.platform === "win32";
  const ignoreFiles = await Promise.all(
    args.all("ignore-file").map((path) => readIgnoreFile(io, path)),
  );
  const epoch = io.env["SOURCE_DATE_EPOCH"];
  const options: AddFilesOptions = {
    additions: args.allParsed("add", (text) => parseAddition(text, { windows })),
    deletions: args.all("delete"),
    opaque: args.all("opaque"),
    ignore: [...ignoreFiles.flat(), ...args.all("ignore")],
    owner: args.parsed("chown", parseOwner),
    chmod: args.parsed("chmod", parseFileMode),
    mtime: args.parsed("mtime", parseMtime) ??
      (epoch ? readEpoch(epoch).getTime() / 1000 : undefined),
    dereference: args.has("dereference"),
  };
  const { addFiles } = await import("../host/add_files.ts");
  try {
    return { name: "the added files", input: addFiles(options) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot add these files: ${reason}`, { cause: error });
  }
}

async function readIgnoreFile(io: Io, path: string): Promise<string[]> {
  const what = `"${path}"`;
  try {
    const bytes = await collectBytes(io.readFile(path), { limit: LARGEST_IGNORE_FILE, what });
    return parseIgnoreFile(new TextDecoder().decode(bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot use --ignore-file: ${reason}`, { cause: error });
  }
}

/** Seconds since 1970. */
function parseMtime(text: string): number | "keep" {
  return text === "keep" ? "keep" : parseTime(text).getTime() / 1000;
}
