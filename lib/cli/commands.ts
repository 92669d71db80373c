/** All commands. */

import type { Command, RunCommand } from "./command.ts";
import {
  CONNECTION_OPTIONS,
  HELP_OPTIONS,
  IMAGE_OPTIONS,
  LAYER_OPTIONS,
  OUTPUT_OPTIONS,
  RESULT_OPTIONS,
} from "./options.ts";

/** Puts files on top of an image. What is run when no command is named. */
export const APPEND: Command = {
  name: "append",
  about: "put a layer on top of an image, inside the registry",
  usage: [
    "[append] BASE TARGET [OPTIONS]",
    "HOST OLD-REPOSITORY:TAG NEW-REPOSITORY:TAG [OPTIONS]",
    "HOST REPOSITORY OLD-TAG NEW-TAG [OPTIONS]",
  ],
  detail:
    "Makes TARGET of BASE and a new layer. The base is not pulled: only the layer, a config and a manifest are sent. " +
    "With neither --add nor --layer, the layer is the tar on standard input: raw, gzip or zstd.\n\n" +
    "An image is [HOST[:PORT]/]NAME[:TAG][@DIGEST] in a registry or oci:DIR[:TAG] in an OCI layout; BASE may be scratch, the empty image.",
  examples: [
    "tar c dags | appendlayer apache/airflow:3.0.0 ghcr.io/acme/airflow:7",
    "appendlayer nginx ghcr.io/acme/site:7 --add ./public:/usr/share/nginx/html",
  ],
  operands: [2, 3, 4],
  groups: [
    LAYER_OPTIONS,
    IMAGE_OPTIONS,
    RESULT_OPTIONS,
    OUTPUT_OPTIONS,
    CONNECTION_OPTIONS,
    HELP_OPTIONS,
  ],
  load: async (): Promise<RunCommand> => (await import("./append_command.ts")).runAppend,
};

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [APPEND];

/** Finds a command by its name. */
export function findCommand(name: string | undefined): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}
