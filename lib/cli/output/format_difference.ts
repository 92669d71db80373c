/** Formats a comparison of two images. */

import { printable } from "../../base/printable.ts";
import type { ImageDifference } from "../../image/verbs/diff.ts";
import type { InspectedLayer } from "../../image/verbs/inspect.ts";
import { formatSize } from "./format_size.ts";

/** Characters of a value or a history entry that are shown. */
const LONGEST = 200;

/** Formats a comparison: lines with `-` are of the first image, lines with `+` of the second. */
export function formatDifference(difference: ImageDifference): string {
  const { from, to, isSame, images, fields, removedPlatforms, addedPlatforms } = difference;
  const platforms = [
    ...removedPlatforms.map((platform) => printable(`- ${platform}`)),
    ...addedPlatforms.map((platform) => printable(`+ ${platform}`)),
  ];
  const parts = [
    [printable(`- ${named(from)}`), printable(`+ ${named(to)}`)],
    platforms.length === 0 ? [] : ["platforms", ...platforms.map((line) => `  ${line}`)],
    fields.length === 0 ? [] : ["index", ...formatFields(fields)],
    ...images.map(formatImage),
    isSame ? ["the same image"] : [],
  ];
  return `${parts.filter((part) => part.length > 0).map((part) => part.join("\n")).join("\n\n")}\n`;
}

function named({ name, digest }: ImageDifference["from"]): string {
  return name.endsWith(`@${digest}`) ? name : `${name}@${digest}`;
}

function formatImage(image: ImageDifference["images"][number]): string[] {
  const { platform, fields, sameLayers, removedLayers, addedLayers } = image;
  return [
    printable(platform ?? "unknown platform"),
    ...formatFields(fields),
    `    ${sameLayers === 1 ? "1 layer is" : `${sameLayers} layers are`} the same`,
    ...removedLayers.map((layer) => formatLayer("-", layer)),
    ...addedLayers.map((layer) => formatLayer("+", layer)),
  ];
}

function formatFields(fields: ImageDifference["fields"]): string[] {
  return fields.flatMap(({ field, from, to }) => [
    ...from === undefined ? [] : [`  - ${printable(`${field}: ${text(from)}`, LONGEST)}`],
    ...to === undefined ? [] : [`  + ${printable(`${field}: ${text(to)}`, LONGEST)}`],
  ]);
}

function formatLayer(sign: string, { digest, size, createdBy }: InspectedLayer): string {
  const made = typeof createdBy === "string" ? createdBy : "";
  return `  ${sign} layer ${digest.slice(0, 19)}  ${formatSize(size).padStart(9)}  ${
    printable(made, LONGEST)
  }`.trimEnd();
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
