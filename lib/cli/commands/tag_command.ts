/** `appendlayer tag`. */

import { isTag } from "../../oci/reference.ts";
import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import { DRY_RUN_OPTIONS, JSON_OPTIONS } from "../options/result_options.ts";
import { writeJson } from "../output/write_json.ts";
import { UsageError } from "../usage_error.ts";
import { type Command, command } from "./command.ts";
import { parseOperand, registriesOf } from "./parse_operands.ts";

/** Adds tags to an image. */
export const TAG: Command = command({
  name: "tag",
  about: "give an image further tags",
  usage: ["tag IMAGE TAG... [OPTIONS]"],
  detail: "Lets tags of the image's repository point at it. Prints a line for each tag.",
  examples: ["appendlayer tag ghcr.io/acme/app:7 stable latest"],
  operands: [2],
  mayTakeMore: true,
  groups: { dryRun: DRY_RUN_OPTIONS, json: JSON_OPTIONS, connection: CONNECTION_OPTIONS },
  run: async ({ operands, dryRun, json, connection, ...unread }, session) => {
    const [first = "", ...tags] = operands;
    const image = parseOperand(first, "tag IMAGE");
    for (const tag of tags) requireTagOperand(tag);
    const options = {
      ...await connection({ session, registries: registriesOf(image) }),
      ...dryRun(),
    };
    const { tagImage } = await import("../../image/verbs/tag.ts");
    const result = await tagImage(image, tags, options);
    if (result.dryRun) session.note(`tags ${result.tags.join(", ")}: would be written`);
    if (json()) await writeJson(result, session);
    else await session.out(result.targets.map((target) => `${target}@${result.digest}\n`).join(""));
    return unread;
  },
});

function requireTagOperand(tag: string): void {
  if (isTag(tag)) return;
  throw new UsageError(
    `Cannot use ${
      JSON.stringify(tag)
    } as TAG: expected up to 128 letters, digits, ".", "_" and "-", and no name before them`,
  );
}
