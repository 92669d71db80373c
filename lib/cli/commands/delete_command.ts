/** `appendlayer delete`. */

import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import { flag, type OptionGroup, optionGroup } from "../options/option.ts";
import { DRY_RUN_OPTIONS, JSON_OPTIONS } from "../options/result_options.ts";
import { readAnswer } from "../output/read_answer.ts";
import { writeJson } from "../output/write_json.ts";
import { UsageError } from "../usage_error.ts";
import { type Command, command } from "./command.ts";
import { orUsageError, parseOperand, registriesOf } from "./parse_operands.ts";

const YES_OPTIONS: OptionGroup<[], boolean> = optionGroup(
  "Result",
  { yes: flag({ short: "y", about: "delete without asking" }) },
  ({ yes, ...unread }) => ({ result: yes, unread }),
);

/** Deletes a tag, or an image by its digest. */
export const DELETE: Command = command({
  name: "delete",
  about: "delete a tag, or an image by its digest",
  usage: ["delete NAME:TAG [OPTIONS]", "delete NAME@DIGEST [OPTIONS]"],
  detail:
    "Deletes a tag, and no other tag of its image; or an image by its digest, with all of its tags. Layers are left to the " +
    "registry's own cleaning. Asks before that on a terminal; elsewhere, --yes is needed.",
  examples: ["appendlayer delete ghcr.io/acme/app:7-test --yes"],
  operands: [1],
  groups: {
    yes: YES_OPTIONS,
    dryRun: DRY_RUN_OPTIONS,
    json: JSON_OPTIONS,
    connection: CONNECTION_OPTIONS,
  },
  run: async ({ operands, yes, dryRun, json, connection, ...unread }, session) => {
    const [text = ""] = operands;
    const name = parseOperand(text, "delete REFERENCE");
    const { deleteImage, nameToDelete } = await import("../../image/verbs/delete.ts");
    orUsageError(() => nameToDelete(text));
    const { io: { terminal }, signal } = session;
    const mayGo = yes() || dryRun().dryRun === true;
    if (!mayGo && !(terminal.input && terminal.error)) {
      throw new UsageError("Cannot delete without --yes: there is no terminal to ask on");
    }
    const access = await connection({ session, registries: registriesOf(name) });
    if (!mayGo) {
      // Found first, so that the user is not asked about a missing image.
      const { digest, deleted } = await deleteImage(text, { ...access, dryRun: true });
      const what = deleted === "tag" ? "this tag" : "this image with all of its tags";
      if (!await readAnswer(`Delete ${what}: ${name} (${digest})?`, session)) {
        signal.throwIfAborted();
        throw new Error(`Cannot delete "${name}": the answer was not yes`);
      }
    }
    const result = await deleteImage(text, { ...access, ...dryRun() });
    const tags = result.deleted === "tag" ? "" : ", with the tags that point at it";
    session.note(`${name}: ${result.dryRun ? "would be deleted" : "deleted"}${tags}`);
    if (json()) await writeJson(result, session);
    else await session.out(`${name.includes("@") ? name : `${name}@${result.digest}`}\n`);
    return unread;
  },
});
