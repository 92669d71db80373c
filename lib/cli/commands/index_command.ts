/** `appendlayer index`. */

import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import { OUTPUT_OPTIONS, RESULT_OPTIONS } from "../options/result_options.ts";
import { writeResult } from "../output/write_result.ts";
import { type Command, command } from "./command.ts";
import { parseOperand, parseTarget, registriesOf } from "./parse_operands.ts";

/** Joins images into an index. */
export const INDEX: Command = command({
  name: "index",
  about: "join images of several platforms into one index",
  usage: ["index TARGET IMAGE... [OPTIONS]"],
  detail:
    "Makes an index that lists IMAGEs, and what those list that are indexes themselves. What is elsewhere is copied to TARGET's " +
    "repository first. Two images for one platform are refused.",
  examples: [
    "appendlayer index acme/app:7 acme/app:7-amd64 acme/app:7-arm64",
  ],
  operands: [2],
  mayTakeMore: true,
  movesBlobs: true,
  groups: { result: RESULT_OPTIONS, output: OUTPUT_OPTIONS, connection: CONNECTION_OPTIONS },
  run: async ({ operands, result, output, connection, ...unread }, session) => {
    const [first = "", ...others] = operands;
    const target = parseTarget(first, "index TARGET");
    const images = others.map((image) => parseOperand(image, "index IMAGE"));
    const options = {
      ...await connection({ session, registries: registriesOf(...images, target) }),
      ...result(),
    };
    const { makeIndex } = await import("../../image/verbs/make_index.ts");
    await writeResult(await makeIndex(target, images, options), output(), session);
    return unread;
  },
});
