/** All commands. */

import type { Command, Option, OptionGroup, RunCommand } from "./command.ts";
import {
  CONNECTION_OPTIONS,
  HELP_OPTIONS,
  IMAGE_OPTIONS,
  LAYER_OPTIONS,
  OUTPUT_OPTIONS,
  RESULT_OPTIONS,
} from "../options/options.ts";

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

const EDIT: Command = {
  name: "edit",
  about: "change how an image runs, and none of its files",
  usage: ["edit BASE TARGET [OPTIONS]"],
  detail:
    "Makes TARGET of BASE with another config; no layer is added, and none moves within a registry.",
  examples: ["appendlayer edit acme/app:7 acme/app:7-debug --env LOG=debug --cmd ''"],
  operands: [2],
  groups: [
    without(IMAGE_OPTIONS, "comment"),
    RESULT_OPTIONS,
    OUTPUT_OPTIONS,
    CONNECTION_OPTIONS,
    HELP_OPTIONS,
  ],
  load: async (): Promise<RunCommand> => (await import("./edit_command.ts")).runEdit,
};

const COPY: Command = {
  name: "copy",
  about: "copy an image as it is, with every platform",
  usage: ["copy SOURCE TARGET [OPTIONS]"],
  detail:
    "Within a registry blobs are mounted; between registries those that are missing are streamed across.",
  examples: ["appendlayer copy docker.io/library/nginx:1 ghcr.io/acme/nginx:1"],
  operands: [2],
  groups: [
    {
      title: "Image",
      options: [
        ...only(IMAGE_OPTIONS, "platform"),
        {
          name: "referrers",
          about: "copy signatures, attestations, SBOMs and what else refers to the images, too",
        },
      ],
    },
    RESULT_OPTIONS,
    OUTPUT_OPTIONS,
    CONNECTION_OPTIONS,
    HELP_OPTIONS,
  ],
  load: async (): Promise<RunCommand> => (await import("./copy_command.ts")).runCopy,
};

/** The output of commands that only look. */
const LOOK_OUTPUT: OptionGroup = {
  title: "Output",
  options: [
    { name: "json", about: "print it as JSON" },
    ...only(OUTPUT_OPTIONS, "quiet", "verbose"),
  ],
};

const INSPECT: Command = {
  name: "inspect",
  about: "show what an image consists of",
  usage: ["inspect IMAGE [OPTIONS]"],
  detail: "Prints digest, config and layers of each platform. No layer is read.",
  examples: ["appendlayer inspect nginx --platform linux/arm64"],
  operands: [1],
  groups: [
    { title: "Image", options: only(IMAGE_OPTIONS, "platform") },
    LOOK_OUTPUT,
    CONNECTION_OPTIONS,
    HELP_OPTIONS,
  ],
  load: async (): Promise<RunCommand> => (await import("./inspect_command.ts")).runInspect,
};

const TAGS: Command = {
  name: "tags",
  about: "list a repository's tags",
  usage: ["tags REPOSITORY [OPTIONS]"],
  detail: "Prints one tag a line, as the registry orders them.",
  examples: ["appendlayer tags ghcr.io/acme/app"],
  operands: [1],
  groups: [LOOK_OUTPUT, CONNECTION_OPTIONS, HELP_OPTIONS],
  load: async (): Promise<RunCommand> => (await import("./tags_command.ts")).runTags,
};

/** The output of commands whose result says little. */
const SHORT_OUTPUT: OptionGroup = {
  title: "Output",
  options: only(OUTPUT_OPTIONS, "quiet", "verbose"),
};

const LOGIN: Command = {
  name: "login",
  about: "keep a user and password for a registry",
  usage: ["login HOST --username NAME [OPTIONS]"],
  detail:
    "Reads the password from standard input, shows it to the registry, and keeps it as docker login does: with a credential helper " +
    "where Docker's config names one, else in that config.",
  examples: ["appendlayer login ghcr.io --username me < token.txt"],
  operands: [1],
  groups: [
    {
      title: "Account",
      options: [
        { name: "username", short: "u", value: "NAME", about: "the user" },
        {
          name: "password-stdin",
          about: "read the password from standard input, also where that is a terminal",
        },
      ],
    },
    SHORT_OUTPUT,
    CONNECTION_OPTIONS,
    HELP_OPTIONS,
  ],
  load: async (): Promise<RunCommand> => (await import("./login_command.ts")).runLogin,
};

const LOGOUT: Command = {
  name: "logout",
  about: "forget them",
  usage: ["logout HOST"],
  detail: "Removes what login and docker login keep in Docker's config or its credential helper.",
  examples: ["appendlayer logout ghcr.io"],
  operands: [1],
  groups: [SHORT_OUTPUT, HELP_OPTIONS],
  load: async (): Promise<RunCommand> => (await import("./logout_command.ts")).runLogout,
};

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [
  APPEND,
  EDIT,
  COPY,
  INSPECT,
  TAGS,
  LOGIN,
  LOGOUT,
];

function without({ title, options }: OptionGroup, ...names: readonly string[]): OptionGroup {
  return { title, options: options.filter(({ name }) => !names.includes(name)) };
}

function only({ options }: OptionGroup, ...names: readonly string[]): readonly Option[] {
  return options.filter(({ name }) => names.includes(name));
}

/** Finds a command by its name. */
export function findCommand(name: string | undefined): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}
