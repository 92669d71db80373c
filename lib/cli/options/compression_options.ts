/** Options for the compression of new layers. */

import { LAYER_FORMATS, type LayerFormat } from "../../layer/compression/codec.ts";
import { UsageError } from "../usage_error.ts";
import { type OptionGroup, optionGroup, parseValue, single } from "./option.ts";
import { parseChoice, parseText, parseWhole } from "./values.ts";

/** The parsed options. */
export interface CompressionOptions {
  readonly compression: LayerFormat | "keep" | undefined;
  readonly compressionLevel: number | undefined;
  /** Number of threads; 0 compresses in the main thread. */
  readonly threads: number | undefined;
}

/** The options of compression. */
export const COMPRESSION_OPTIONS: OptionGroup<[], CompressionOptions> = optionGroup(
  "Layer",
  {
    compression: single({
      value: "KIND",
      about:
        "compress layers by gzip, zstd, none, or zstd:chunked or estargz (for lazy pulls); keep: compressed input as it came (default: gzip, or keep)",
      parse: parseChoice(...LAYER_FORMATS, "keep"),
    }),
    compressionLevel: single({
      value: "N",
      about: "compress at level N: gzip 1 to 9, zstd 1 to 22 (default: 3)",
      // Its limits depend on the format.
      parse: parseText,
    }),
    threads: single({
      value: "N",
      about: "compress with N threads, 0 for none (default: one for each core, at most 8)",
      parse: parseWhole(0, 256),
    }),
  },
  ({ compression, compressionLevel, threads, ...unread }) => ({
    result: { compression, compressionLevel: readLevel(compressionLevel, compression), threads },
    unread,
  }),
);

function readLevel(
  text: string | undefined,
  kind: CompressionOptions["compression"] = "gzip",
): number | undefined {
  if (text === undefined) return undefined;
  if (kind === "none" || kind === "keep") {
    throw new UsageError(`Cannot use --compression-level with --compression ${kind}`);
  }
  return parseValue(
    "compression-level",
    () => parseWhole(1, kind.startsWith("zstd") ? 22 : 9)(text),
  );
}
