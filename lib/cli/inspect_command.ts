/** `appendlayer inspect`. */

import { printable } from "../base/printable.ts";
import {
  type InspectedImage,
  inspectImage,
  type Inspection,
  readInspection,
} from "../image/inspect.ts";
import { readAccessOptions } from "./access_options.ts";
import type { Arguments } from "./arguments.ts";
import { formatSize } from "./format_size.ts";
import { parseOperand, registriesOf } from "./operands.ts";
import type { Session } from "./session.ts";
import { writeJson } from "./write_json.ts";

/** Characters of a history entry that are shown. */
const LONGEST_STEP = 60;

/** Prints what an image consists of, for a person; or all of it with `--json`. */
export async function runInspect(args: Arguments, session: Session): Promise<void> {
  const image = parseOperand(args.operands[0] ?? "");
  const options = {
    ...await readAccessOptions(args, session, registriesOf(image)),
    platforms: args.all("platform"),
  };
  if (args.has("json")) await writeJson(await readInspection(image, options), session);
  else await session.out(formatInspection(await inspectImage(image, options)));
}

/** An inspection as text. */
export function formatInspection({ name, digest, mediaType, images }: Inspection): string {
  return [
    printable(name.endsWith(`@${digest}`) ? name : `${name}@${digest}`),
    `  type     ${printable(mediaType)}`,
    ...images.flatMap((image) => ["", ...formatImage(image, image.digest !== digest)]),
    "",
  ].join("\n");
}

function formatImage(image: InspectedImage, isOneOfMany: boolean): string[] {
  const { config, layers } = image;
  const run = config?.config ?? {};
  const fields: [string, string | undefined][] = [
    ["digest", isOneOfMany ? image.digest : undefined],
    [
      "size",
      `${formatSize(image.layersSize)} in ${layers.length} layer${layers.length === 1 ? "" : "s"}`,
    ],
    ["created", text(config?.created)],
    ["author", text(config?.author)],
    ["user", text(run.User)],
    ["workdir", text(run.WorkingDir)],
    ["entrypoint", list(run.Entrypoint)],
    ["cmd", list(run.Cmd)],
    ...lines("env", run.Env ?? []),
    ...lines("expose", Object.keys(run.ExposedPorts ?? {})),
    ...lines("volume", Object.keys(run.Volumes ?? {})),
    ...lines("label", Object.entries(run.Labels ?? {}).map(([key, value]) => `${key}=${value}`)),
  ];
  return [
    printable(image.platform ?? "unknown platform"),
    ...fields.flatMap(([term, value]) =>
      value === undefined || value === "" ? [] : `  ${term.padEnd(10)} ${printable(value)}`
    ),
    "  layers",
    ...layers.map(({ digest, size, createdBy }) =>
      `    ${digest.slice(0, 19)}  ${formatSize(size).padStart(9)}  ${
        printable(text(createdBy) ?? "", LONGEST_STEP)
      }`
        .trimEnd()
    ),
  ];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function list(value: unknown): string | undefined {
  return Array.isArray(value) ? JSON.stringify(value) : undefined;
}

function lines(term: string, values: readonly string[]): [string, string][] {
  return values.map((value, index) => [index === 0 ? term : "", value]);
}
