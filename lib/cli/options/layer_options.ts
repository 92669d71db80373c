/** The layers to append, from the command line. */

import { collectBytes } from "../../base/collect.ts";
import { hostProcess } from "../../host/builtin.ts";
import type { AddFilesOptions } from "../../host/files/add_files.ts";
import { parseAddition } from "../../layer/files/addition.ts";
import { editEntries } from "../../layer/edit_entries.ts";
import { parseFileMode } from "../../layer/files/file_mode.ts";
import { parseIgnoreFile } from "../../layer/files/ignore.ts";
import type { LayerInput } from "../../layer/layer_input.ts";
import { parseOwner } from "../../layer/files/owner.ts";
import { parseDeletion, parseOpaque } from "../../layer/files/removals.ts";
import type { Arguments } from "./arguments.ts";
import { readEpoch } from "./config_options.ts";
import type { Io } from "../io.ts";
import { parseOperands } from "../commands/operands.ts";
import type { Session } from "../commands/session.ts";
import { UsageError } from "../usage_error.ts";
import { parseTime } from "./values.ts";

/** Bytes of a file of patterns. */
const LARGEST_IGNORE_FILE = 1024 * 1024;

/**
 * Reads what the layers are made of: the archives of `--layer` in their order, then the files of `--add`; or else standard input.
 * What is to be gone is the base's: it goes into the layer of the files, or, where there are archives, into one below them.
 *
 * @throws {UsageError} for options that do not go together, or a bad value.
 */
export async function readLayers(args: Arguments, session: Session): Promise<LayerInput[]> {
  const adds = args.has("add");
  const removes = args.has("delete") || args.has("opaque");
  const archives = args.has("layer") ? args.all("layer") : adds || removes ? [] : ["-"];
  if (archives.length === 0) refuseWithout(args, ["prefix"], "a tar to put below a directory");
  if (!adds) refuseWithout(args, ["ignore", "ignore-file", "dereference"], "--add");
  const removals = {
    deletions: args.allParsed("delete", parseDeletion),
    opaque: args.allParsed("opaque", parseOpaque),
  };
  const isApart = removes && archives.length > 0;
  return [
    ...(isApart ? [await readFiles("what is removed", removals, args, session.io)] : []),
    ...readArchives(archives, args, session),
    ...(adds || removes && !isApart
      ? [await readAdditions(isApart ? {} : removals, args, session.io)]
      : []),
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

async function readAdditions(
  removals: AddFilesOptions,
  args: Arguments,
  io: Io,
): Promise<LayerInput> {
  const windows = hostProcess?.platform === "win32";
  const ignoreFiles = await Promise.all(
    args.all("ignore-file").map((path) => readIgnoreFile(io, path)),
  );
  const options: AddFilesOptions = {
    ...removals,
    additions: args.allParsed("add", (text) => parseAddition(text, { windows })),
    ignore: [...ignoreFiles.flat(), ...args.all("ignore")],
    chmod: args.parsed("chmod", parseFileMode),
    dereference: args.has("dereference"),
    // An archive of the same image may be a base by itself.
    onScratch: !args.has("layer") && parseOperands(args.operands).base === "scratch",
  };
  return await readFiles("the added files", options, args, io);
}

async function readFiles(
  name: string,
  options: AddFilesOptions,
  args: Arguments,
  io: Io,
): Promise<LayerInput> {
  const epoch = io.env["SOURCE_DATE_EPOCH"];
  const common: AddFilesOptions = {
    owner: args.parsed("chown", parseOwner),
    mtime: args.parsed("mtime", parseMtime) ??
      (epoch ? readEpoch(epoch).getTime() / 1000 : undefined),
  };
  const { addFiles } = await import("../../host/files/add_files.ts");
  try {
    return { name, input: addFiles({ ...options, ...common }) };
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
