/** `appendlayer tags`. */

import { printable } from "../../base/printable.ts";
import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import { JSON_OPTIONS } from "../options/result_options.ts";
import { writeJson } from "../output/write_json.ts";
import { type Command, command } from "./command.ts";
import { parseOperand, registriesOf } from "./parse_operands.ts";

/** Prints tags as they are received, one a line, or as one JSON array. */
export const TAGS: Command = command({
  name: "tags",
  about: "list a repository's tags",
  usage: ["tags REPOSITORY [OPTIONS]"],
  detail: "Prints one tag a line, as the registry orders them.",
  examples: ["appendlayer tags ghcr.io/acme/app"],
  operands: [1],
  groups: { json: JSON_OPTIONS, connection: CONNECTION_OPTIONS },
  run: async ({ operands, json, connection, ...unread }, session) => {
    const repository = parseOperand(operands[0] ?? "", "tags REPOSITORY");
    const access = await connection({ session, registries: registriesOf(repository) });
    const { listTags } = await import("../../image/verbs/list_tags.ts");
    const all: string[] = [];
    for await (const tag of listTags(repository, access)) {
      if (json()) all.push(tag);
      else await session.out(`${printable(tag)}\n`);
    }
    if (json()) await writeJson(all, session);
    return unread;
  },
});
