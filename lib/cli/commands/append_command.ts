/** `appendlayer append`. */

import { appendLayer, type AppendOptions } from "../../image/verbs/append.ts";
import { COMPRESSIONS } from "../../layer/compression/codec.ts";
import { readAccessOptions } from "../options/access_options.ts";
import type { Arguments } from "../options/arguments.ts";
import { readConfigEdit, readImageOptions } from "../options/config_options.ts";
import type { Io } from "../io.ts";
import { readLayers } from "../options/layer_options.ts";
import { parseOperands, registriesOf } from "./operands.ts";
import { writeResult } from "../output/report.ts";
import type { Session } from "./session.ts";
import { TimeSpent } from "../output/time_spent.ts";
import { UsageError } from "../usage_error.ts";
import { parseChoice, parseWhole } from "../options/values.ts";

/** Reads the options, appends and reports. */
export async function runAppend(args: Arguments, session: Session): Promise<void> {
  if (session.verbosity !== "verbose") return await append(args, session);
  const spent = new TimeSpent(() => session.io.now());
  await append(args, { ...session, io: spent.watch(session.io) });
  session.note(spent.describe());
}

async function append(args: Arguments, session: Session): Promise<void> {
  const { base, target } = parseOperands(args.operands);
  const threads = args.parsed("threads", parseWhole(0, 256));
  const { io } = session;
  const createHost: Io["createHost"] = (options) => io.createHost({ ...options, threads });
  const options: AppendOptions = {
    ...await readAccessOptions(
      args,
      { ...session, io: { ...io, createHost } },
      registriesOf(base, target),
    ),
    ...readConfigEdit(args),
    ...readImageOptions(args, session.io),
    comment: args.text("comment"),
    layers: await readLayers(args, session),
    compression: args.parsed("compression", parseChoice(...COMPRESSIONS, "keep")),
    compressionLevel: readLevel(args),
    readBase: args.has("read-base"),
    dryRun: args.has("dry-run"),
  };
  await writeResult(await appendLayer(base, target, options), args, session);
}

function readLevel(args: Arguments): number | undefined {
  const format = args.text("compression") ?? "gzip";
  if (args.has("compression-level") && (format === "none" || format === "keep")) {
    throw new UsageError(`Cannot use --compression-level with --compression ${format}`);
  }
  return args.parsed("compression-level", parseWhole(1, format === "zstd" ? 22 : 9));
}
