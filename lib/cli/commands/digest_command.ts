/** `appendlayer digest`. */

import type { ResolveDigestOptions } from "../../image/verbs/resolve_digest.ts";
import { formatPlatform, parsePlatform } from "../../oci/platform.ts";
import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import { type OptionGroup, optionGroup, single } from "../options/option.ts";
import { JSON_OPTIONS } from "../options/result_options.ts";
import { writeJson } from "../output/write_json.ts";
import { type Command, command } from "./command.ts";
import { parseOperand, registriesOf } from "./parse_operands.ts";

const ONE_PLATFORM_OPTIONS: OptionGroup<[], Pick<ResolveDigestOptions, "platform">> = optionGroup(
  "Image",
  {
    platform: single({
      value: "OS/ARCH",
      about: "take the image for it, not the index that lists it",
      parse: (text) => formatPlatform(parsePlatform(text)),
    }),
  },
  ({ platform, ...unread }) => ({ result: { platform }, unread }),
);

/** Prints the digest of a reference. */
export const DIGEST: Command = command({
  name: "digest",
  about: "print the digest that a name stands for now",
  usage: ["digest REFERENCE [OPTIONS]"],
  detail:
    "Prints the digest of the index or image; nothing of it is downloaded where the registry " +
    "tells it.",
  examples: ["appendlayer digest nginx:1 --platform linux/arm64"],
  operands: [1],
  groups: { platform: ONE_PLATFORM_OPTIONS, json: JSON_OPTIONS, connection: CONNECTION_OPTIONS },
  run: async ({ operands, platform, json, connection, ...unread }, session) => {
    const name = parseOperand(operands[0] ?? "", "digest REFERENCE");
    const options = {
      ...await connection({ session, registries: registriesOf(name) }),
      ...platform(),
    };
    const { resolveDigest } = await import("../../image/verbs/resolve_digest.ts");
    const digest = await resolveDigest(name, options);
    if (json()) await writeJson({ name, digest }, session);
    else await session.out(`${digest}\n`);
    return unread;
  },
});
