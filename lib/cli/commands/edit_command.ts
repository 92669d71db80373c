/** `appendlayer edit`. */

import { ABOUT_OPTIONS, CONFIG_OPTIONS, PLATFORM_OPTIONS } from "../options/config_options.ts";
import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import { HISTORY_OPTIONS } from "../options/history_options.ts";
import { OUTPUT_OPTIONS, RESULT_OPTIONS } from "../options/result_options.ts";
import { writeResult } from "../output/write_result.ts";
import { type Command, command } from "./command.ts";
import { parseOperands, registriesOf } from "./parse_operands.ts";

/** Changes an image's config. */
export const EDIT: Command = command({
  name: "edit",
  about: "change how an image runs, and none of its files",
  usage: ["edit BASE TARGET [OPTIONS]"],
  detail:
    "Makes TARGET of BASE with another config; no layer is added, and none moves within a registry.",
  examples: ["appendlayer edit acme/app:7 acme/app:7-debug --env LOG=debug --cmd ''"],
  common: [
    "platform",
    "env",
    "label",
    "entrypoint",
    "cmd",
    "workdir",
    "user",
    "tag",
    "dry-run",
    "json",
  ],
  operands: [2],
  movesBlobs: true,
  groups: {
    platforms: PLATFORM_OPTIONS,
    config: CONFIG_OPTIONS,
    about: ABOUT_OPTIONS,
    history: HISTORY_OPTIONS,
    result: RESULT_OPTIONS,
    output: OUTPUT_OPTIONS,
    connection: CONNECTION_OPTIONS,
  },
  run: async (
    { operands, platforms, config, about, history, result, output, connection, ...unread },
    session,
  ) => {
    const { base, target } = parseOperands(operands, ["edit BASE", "edit TARGET"]);
    const options = {
      ...await connection({ session, registries: registriesOf(base, target) }),
      ...config(),
      ...platforms(),
      ...about(session.io),
      ...history(),
      ...result(),
    };
    const { editImage } = await import("../../image/verbs/edit.ts");
    await writeResult(await editImage(base, target, options), output(), session);
    return unread;
  },
});
