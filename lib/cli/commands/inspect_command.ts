/** `appendlayer inspect`. */

import { printable } from "../../base/printable.ts";
import type { InspectedImage, Inspection } from "../../image/verbs/inspect.ts";
import { isJsonObject } from "../../oci/json.ts";
import { PLATFORM_OPTIONS } from "../options/config_options.ts";
import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import { DIFF_OPTIONS } from "../options/diff_options.ts";
import { JSON_OPTIONS } from "../options/result_options.ts";
import { formatDifference } from "../output/format_difference.ts";
import { formatSize } from "../output/format_size.ts";
import { writeJson } from "../output/write_json.ts";
import { type Command, command } from "./command.ts";
import { parseOperand, registriesOf } from "./parse_operands.ts";

/** Characters of a history entry that are shown. */
const LONGEST_STEP = 60;

/** A line of the output, which is left out without a value. */
type Field = readonly [term: string, value: string | undefined];

/** Prints an image's platform, layers and settings; with `--json`, all of its documents. */
export const INSPECT: Command = command({
  name: "inspect",
  about: "show what an image consists of",
  usage: ["inspect IMAGE [OPTIONS]", "inspect IMAGE --diff IMAGE [OPTIONS]"],
  detail:
    "Prints digest, config and layers of each platform; with --diff, what differs of them in another image. No layer is read.",
  examples: [
    "appendlayer inspect nginx --platform linux/arm64",
    "appendlayer inspect acme/app:7 --diff acme/app:8",
  ],
  operands: [1],
  groups: {
    diff: DIFF_OPTIONS,
    platforms: PLATFORM_OPTIONS,
    json: JSON_OPTIONS,
    connection: CONNECTION_OPTIONS,
  },
  run: async ({ operands, diff, platforms, json, connection, ...unread }, session) => {
    const image = parseOperand(operands[0] ?? "", "inspect IMAGE");
    const other = diff();
    const registries = registriesOf(image, ...other === undefined ? [] : [other]);
    const options = { ...await connection({ session, registries }), ...platforms() };
    if (other === undefined) {
      const { inspectImage, readInspection } = await import("../../image/verbs/inspect.ts");
      if (json()) await writeJson(await readInspection(image, options), session);
      else await session.out(formatInspection(await inspectImage(image, options)));
    } else {
      const { diffImages, readDifference } = await import("../../image/verbs/diff.ts");
      if (json()) await writeJson(await readDifference(image, other, options), session);
      else await session.out(formatDifference(await diffImages(image, other, options)));
    }
    return unread;
  },
});

/** An inspection as text. */
export function formatInspection(inspection: Inspection): string {
  const { name, digest, mediaType, index, images } = inspection;
  return [
    printable(name.endsWith(`@${digest}`) ? name : `${name}@${digest}`),
    ...formatFields([["type", mediaType], ...settings("annotation", index?.annotations)]),
    ...images.flatMap((image) => ["", ...formatImage(image, image.digest !== digest)]),
    "",
  ].join("\n");
}

function formatImage(image: InspectedImage, isOneOfMany: boolean): string[] {
  const { config, layers, layersSize } = image;
  const run = config?.config ?? {};
  const fields: Field[] = [
    ["digest", isOneOfMany ? image.digest : undefined],
    [
      "size",
      layersSize === undefined
        ? undefined
        : `${formatSize(layersSize)} in ${layers.length} layer${layers.length === 1 ? "" : "s"}`,
    ],
    ["created", text(config?.created)],
    ["author", text(config?.author)],
    ["user", text(run.User)],
    ["workdir", text(run.WorkingDir)],
    ["entrypoint", list(run.Entrypoint)],
    ["cmd", list(run.Cmd)],
    ["stop-signal", text(run.StopSignal)],
    ["healthcheck", isJsonObject(run.Healthcheck) ? JSON.stringify(run.Healthcheck) : undefined],
    ["shell", list(run.Shell)],
    ...lines("env", run.Env ?? []),
    ...lines("expose", Object.keys(run.ExposedPorts ?? {})),
    ...lines("volume", Object.keys(run.Volumes ?? {})),
    ...settings("label", run.Labels),
    ...settings("annotation", image.manifest.annotations),
  ];
  return [
    printable(image.platform ?? "unknown platform"),
    ...formatFields(fields),
    "  layers",
    ...layers.map(({ digest, size, createdBy }) =>
      `    ${digest.slice(0, 19)}  ${formatSize(size).padStart(9)}  ${
        printable(text(createdBy) ?? "", LONGEST_STEP)
      }`
        .trimEnd()
    ),
  ];
}

function formatFields(fields: readonly Field[]): string[] {
  return fields.flatMap(([term, value]) =>
    value === undefined || value === "" ? [] : `  ${term.padEnd(11)} ${printable(value)}`
  );
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function list(value: unknown): string | undefined {
  return Array.isArray(value) ? JSON.stringify(value) : undefined;
}

function settings(term: string, values: unknown): Field[] {
  if (!isJsonObject(values)) return [];
  return lines(term, Object.entries(values).map(([key, value]) => `${key}=${value}`));
}

function lines(term: string, values: readonly string[]): Field[] {
  return values.map((value, index) => [index === 0 ? term : "", value]);
}
