/** `appendlayer append`. */

import { appendLayer, type AppendOptions } from "../image/append.ts";
import type { LayerInput } from "../layer/layer_input.ts";
import { readAccessOptions } from "./access_options.ts";
import type { Arguments } from "./arguments.ts";
import { readConfigEdit, readImageOptions } from "./config_options.ts";
import { parseOperands } from "./operands.ts";
import { writeResult } from "./report.ts";
import type { Session } from "./session.ts";
import { UsageError } from "./usage_error.ts";
import { parseChoice, parseWhole } from "./values.ts";

/** Reads the options, appends and reports. */
export async function runAppend(args: Arguments, session: Session): Promise<void> {
  const { base, target } = parseOperands(args.operands);
  const options: AppendOptions = {
    ...await readAccessOptions(args, session),
    ...readConfigEdit(args),
    ...readImageOptions(args, session.io),
    comment: args.text("comment"),
    layers: readLayers(args, session),
    compression: args.parsed("compression", parseChoice("gzip", "zstd", "none", "keep")),
    compressionLevel: readLevel(args),
    dryRun: args.has("dry-run"),
  };
  await writeResult(await appendLayer(base, target, options), args, session);
}

function readLevel(args: Arguments): number | undefined {
  const format = args.text("compression") ?? "gzip";
  if (args.has("compression-level") && format === "none") {
    throw new UsageError("Cannot use --compression-level with --compression none");
  }
  return args.parsed("compression-level", parseWhole(1, format === "zstd" ? 22 : 9));
}

function readLayers(args: Arguments, { io, signal }: Session): LayerInput[] {
  const files = args.has("layer") ? args.all("layer") : ["-"];
  if (files.filter((file) => file === "-").length > 1) {
    throw new UsageError(
      "Cannot use --layer - more than once: standard input can be read only once",
    );
  }
  if (files.includes("-") && io.terminal.input) {
    throw new UsageError(
      "Cannot read a layer from standard input: it is a terminal; pipe a tar into it, or use --add or --layer",
    );
  }
  return files.map((file) =>
    file === "-"
      ? { name: "standard input", input: io.readInput(signal) }
      : { name: `"${file}"`, input: () => io.readFile(file) }
  );
}
