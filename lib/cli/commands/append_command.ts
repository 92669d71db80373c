/** `appendlayer append`. */

import type { AppendOptions } from "../../image/verbs/append.ts";
import type { Io } from "../io.ts";
import { COMPRESSION_OPTIONS } from "../options/compression_options.ts";
import { ABOUT_OPTIONS, CONFIG_OPTIONS, PLATFORM_OPTIONS } from "../options/config_options.ts";
import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import { HISTORY_OPTIONS } from "../options/history_options.ts";
import { LAYER_OPTIONS } from "../options/layer_options.ts";
import { OUTPUT_OPTIONS, RESULT_OPTIONS } from "../options/result_options.ts";
import { namesOfTaken, TAKEN_OPTIONS } from "../options/taken_options.ts";
import { writeResult } from "../output/write_result.ts";
import { TimeSpent } from "../output/time_spent.ts";
import { type Command, command } from "./command.ts";
import { parseOperands, registriesOf } from "./parse_operands.ts";
import type { Session } from "./session.ts";

/** Appends files to an image. The default command. */
export const APPEND: Command = command({
  name: "append",
  about: "put files on top of an image, inside its registry",
  usage: [
    "[append] BASE TARGET [OPTIONS]",
    "HOST OLD-REPOSITORY:TAG NEW-REPOSITORY:TAG [OPTIONS]",
    "HOST REPOSITORY OLD-TAG NEW-TAG [OPTIONS]",
  ],
  detail:
    "Puts a layer on top of BASE, which is not pulled, and writes the image as TARGET. Without --add, --sync and --layer, " +
    "the layer is the tar on standard input, raw or by gzip or zstd.\n\n" +
    "An image is [HOST[:PORT]/]NAME[:TAG][@DIGEST] in a registry, oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE or " +
    "docker-daemon:NAME[:TAG]; BASE may be scratch, the empty image.",
  examples: [
    "appendlayer nginx ghcr.io/acme/site:7 --add public:/usr/share/nginx/html",
    "tar c dags | appendlayer apache/airflow:3.0.0 ghcr.io/acme/airflow:7",
  ],
  common: [
    "add",
    "sync",
    "layer",
    "replace",
    "platform",
    "env",
    "label",
    "tag",
    "dry-run",
  ],
  operands: [2, 3, 4],
  movesBlobs: true,
  groups: {
    layer: LAYER_OPTIONS,
    taken: TAKEN_OPTIONS,
    compression: COMPRESSION_OPTIONS,
    platforms: PLATFORM_OPTIONS,
    config: CONFIG_OPTIONS,
    about: ABOUT_OPTIONS,
    history: HISTORY_OPTIONS,
    result: RESULT_OPTIONS,
    output: OUTPUT_OPTIONS,
    connection: CONNECTION_OPTIONS,
  },
  run: async (
    {
      operands,
      layer,
      taken,
      compression,
      platforms,
      config,
      about,
      history,
      result,
      output,
      connection,
      ...unread
    },
    session,
  ) => {
    const { base, target } = parseOperands(operands, ["append BASE", "append TARGET"]);
    await timed(session, async (session) => {
      const { threads, ...compressing } = compression();
      const { io } = session;
      const createHost: Io["createHost"] = (options) => io.createHost({ ...options, threads });
      const takes = taken();
      const names = namesOfTaken(takes);
      const inputs = await layer({ session, base, takes: names.length > 0 });
      const { differences, ...layers } = inputs;
      const options: AppendOptions = {
        ...await connection({
          session: { ...session, io: { ...io, createHost } },
          registries: registriesOf(base, target, ...names),
        }),
        ...config(),
        ...platforms(),
        ...about(io),
        ...history(),
        ...compressing,
        ...layers,
        ...takes,
        ...result(),
      };
      const { appendLayer } = await import("../../image/verbs/append.ts");
      const made = await appendLayer(base, target, options);
      await writeResult(made, output(), session, { differences });
    });
    return unread;
  },
});

/** Runs the command; with `--verbose`, reports how long each part took. */
async function timed(session: Session, run: (session: Session) => Promise<void>): Promise<void> {
  if (session.verbosity !== "verbose") return await run(session);
  const spent = new TimeSpent(() => session.io.now());
  await run({ ...session, io: spent.watch(session.io) });
  session.note(spent.describe());
}
