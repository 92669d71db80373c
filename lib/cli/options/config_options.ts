/** Options for the config of new images. */

import type { ChangeOptions } from "../../image/verbs/change_options.ts";
import { checkConfigEdit, type ConfigEdit } from "../../oci/config_edit.ts";
import { formatPlatform, parsePlatform } from "../../oci/platform.ts";
import type { Io } from "../io.ts";
import { readEpoch } from "./read_epoch.ts";
import { parseHealthcheck } from "./parse_healthcheck.ts";
import {
  flag,
  merged,
  type Option,
  type OptionGroup,
  optionGroup,
  type OptionWords,
  repeated,
  single,
} from "./option.ts";
import { parseList } from "./parse_list.ts";
import { parseSettings, parseText, parseTextOrUnset, parseTime } from "./values.ts";

const TITLE = "Image";

/** `--platform`: which images of a base are used. */
export const PLATFORM_OPTIONS: OptionGroup<[], Pick<ChangeOptions, "platforms">> = optionGroup(
  TITLE,
  {
    platform: repeated({
      value: "OS/ARCH",
      about: "take only this platform of a multi-platform image (default: all)",
      parse: (text) => formatPlatform(parsePlatform(text)),
    }),
  },
  ({ platform, ...unread }) => ({ result: { platforms: platform }, unread }),
);

/** The options that change how an image runs. */
export const CONFIG_OPTIONS: OptionGroup<[], ConfigEdit> = optionGroup(
  TITLE,
  {
    env: settings({
      value: "K=V",
      about: "set a variable; K- unsets it",
      parse: checked((env) => ({ env })),
    }),
    label: settings({
      value: "K=V",
      about: "set a label; K- unsets it",
      parse: checked((labels) => ({ labels })),
    }),
    entrypoint: single({
      value: "LIST",
      about: "set the program and its first arguments, as JSON or shell words; '' unsets",
      parse: parseList,
    }),
    cmd: single({
      value: "LIST",
      about: "set the default arguments, as JSON or shell words; '' unsets",
      parse: parseList,
    }),
    workdir: single({
      value: "DIR",
      about: "set the working directory; '' unsets",
      parse: checkedText((workdir) => ({ workdir })),
    }),
    user: single({
      value: "USER[:GROUP]",
      about: "set the user that it runs as; '' unsets",
      parse: checkedText((user) => ({ user })),
    }),
    expose: additions({
      value: "PORT",
      about: "add a port that it serves, as in 80 or 53/udp; '' unsets all",
      parse: checked((expose) => ({ expose })),
    }),
    volume: additions({
      value: "DIR",
      about: "add a directory that is kept outside; '' unsets all",
      parse: checked((volumes) => ({ volumes })),
    }),
    stopSignal: single({
      value: "SIGNAL",
      about: "set the signal that stops it, as in SIGTERM; '' unsets",
      parse: checkedText((stopSignal) => ({ stopSignal })),
    }),
    healthcheck: single({
      value: "CHECK",
      about:
        "set the health check, as in a Dockerfile: [--interval=30s …] COMMAND, or NONE; '' unsets",
      parse: parseHealthcheck,
    }),
    shell: single({
      value: "LIST",
      about: "set what runs commands in shell form, as JSON or shell words; '' unsets",
      parse: parseList,
    }),
  },
  ({
    env,
    label,
    entrypoint,
    cmd,
    workdir,
    user,
    expose,
    volume,
    stopSignal,
    healthcheck,
    shell,
    ...unread
  }) => ({
    result: {
      env,
      labels: label,
      entrypoint,
      cmd,
      workdir,
      user,
      expose,
      volumes: volume,
      stopSignal,
      healthcheck,
      shell,
    },
    unread,
  }),
);

/** The options that describe an image: annotations, time, author. */
export const ABOUT_OPTIONS: OptionGroup<
  [Pick<Io, "env">],
  Pick<ChangeOptions, "annotations" | "baseAnnotations" | "created" | "author">
> = optionGroup(
  TITLE,
  {
    annotation: settings({
      value: "K=V",
      about: "set an annotation of manifests and index; K- unsets it",
      parse: (annotations) => annotations,
    }),
    noBaseAnnotations: flag({ about: "do not name the base in the annotations" }),
    created: single({
      value: "TIME",
      about: "set when it was made, ISO 8601 or seconds (default: SOURCE_DATE_EPOCH, else now)",
      parse: parseTime,
    }),
    author: single({ value: "NAME", about: "set who made it", parse: parseText }),
  },
  ({ annotation, noBaseAnnotations, created, author, ...unread }, { env }) => ({
    result: {
      annotations: annotation,
      baseAnnotations: !noBaseAnnotations,
      created: created ?? readEpoch(env),
      author,
    },
    unread,
  }),
);

type Settings = Readonly<Record<string, string | null>>;
type ListWords<List> = Omit<OptionWords<never>, "parse"> & { readonly parse: (list: List) => List };

/** A repeatable `K=V` or `K-`. */
function settings({ parse, ...words }: ListWords<Settings>): Option<Settings | undefined> {
  return merged({
    ...words,
    parse: (texts) => texts.length === 0 ? undefined : parse(parseSettings(texts)),
  });
}

/** A repeatable addition to the base's values, or one empty text to unset all. */
function additions(
  { parse, ...words }: ListWords<readonly string[]>,
): Option<readonly string[] | null | undefined> {
  return merged({
    ...words,
    parse: (texts) => {
      if (texts.length === 0) return undefined;
      if (!texts.includes("")) return parse(texts);
      if (texts.length === 1) return null;
      throw new SyntaxError("'' unsets all, and goes with no other");
    },
  });
}

/** Checks a value by the rules of configs, so that an error names the option. */
function checked<Value>(edit: (value: Value) => ConfigEdit): (value: Value) => Value {
  return (value) => {
    checkConfigEdit(edit(value));
    return value;
  };
}

function checkedText(edit: (value: string | null) => ConfigEdit): (text: string) => string | null {
  const check = checked(edit);
  return (text) => check(parseTextOrUnset(text));
}
