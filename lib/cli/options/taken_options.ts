/** Options for layers that are taken from repositories. */

import type { LayerOptions } from "../../image/verbs/change_options.ts";
import { type ImageLocation, locationNames, parseLocation } from "../../storage/location.ts";
import { parseOperand } from "../commands/parse_operands.ts";
import { UsageError } from "../usage_error.ts";
import { type OptionGroup, optionGroup, repeated, single } from "./option.ts";

/** The parsed options, with full locations of images. */
export type TakenOptions = Pick<LayerOptions, "layersOf" | "from"> & {
  readonly layersFrom: readonly string[];
};

/** Layers that are mounted or copied, below all others. */
export const TAKEN_OPTIONS: OptionGroup<[], TakenOptions> = optionGroup(
  "Layer",
  {
    layerFrom: repeated({
      value: "REPOSITORY[:TAG]@DIGEST",
      about:
        "add a layer that lies in a registry, as it is, below the others; without a TAG whose image has it, it is read once",
      parse: parseLayerFrom,
    }),
    layersOf: single({
      value: "IMAGE",
      about: "add the layers that IMAGE has above its base, as they are, below all others",
      parse: (text) => parseOperand(text, "append LAYERS"),
    }),
    from: single({
      value: "OLD-BASE",
      about: "take OLD-BASE as the base of that image (default: the one that it names)",
      parse: (text) => parseOperand(text, "append OLD-BASE"),
    }),
  },
  ({ layerFrom, layersOf, from, ...unread }) => {
    if (from !== undefined && layersOf === undefined) {
      throw new UsageError("Cannot use --from without --layers-of");
    }
    return { result: { layersFrom: layerFrom, layersOf, from }, unread };
  },
);

/** The locations that layers are taken from. */
export function namesOfTaken({ layersFrom, layersOf, from }: TakenOptions): readonly string[] {
  return [...layersFrom, layersOf, from].filter((name) => name !== undefined);
}

function parseLayerFrom(text: string): string {
  const layer = parseOperand(text, "append LAYERS");
  if (locationNames(parseLocation(layer) as ImageLocation).digest !== undefined) return layer;
  throw new SyntaxError(
    `expected "REPOSITORY[:TAG]@sha256:…", got ${JSON.stringify(text)} without a digest`,
  );
}
