/** `appendlayer export`. */

import type { ByteStream } from "../../base/bytes.ts";
import { errorCode } from "../../host/system_error.ts";
import type { ExportOptions } from "../../image/verbs/export.ts";
import { formatPlatform, parsePlatform } from "../../oci/platform.ts";
import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import { flag, type OptionGroup, optionGroup, single } from "../options/option.ts";
import { parseText } from "../options/values.ts";
import { UsageError } from "../usage_error.ts";
import { type Command, command } from "./command.ts";
import { parseOperand, registriesOf } from "./parse_operands.ts";

/** The path of standard output. */
const STANDARD = "-";

interface ExportFlags extends Pick<ExportOptions, "platform" | "as"> {
  readonly output: string | undefined;
}

const EXPORT_OPTIONS: OptionGroup<[], ExportFlags> = optionGroup(
  "Files",
  {
    output: single({
      value: "FILE",
      about: "write to FILE (default: standard output)",
      parse: parseText,
    }),
    file: flag({ about: "write the content of the one file that is named, and no tar" }),
    list: flag({ about: "print the paths, one a line, escaped as by tar t" }),
    platform: single({
      value: "OS/ARCH",
      about: "take the image of an index that is for it",
      parse: (text) => formatPlatform(parsePlatform(text)),
    }),
  },
  ({ output, file, list, platform, ...unread }) => {
    if (file && list) throw new UsageError("Cannot use --file with --list: name one of them");
    return { result: { output, platform, as: file ? "file" : list ? "list" : "tar" }, unread };
  },
);

/** Exports files of an image. */
export const EXPORT: Command = command({
  name: "export",
  about: "write the files of an image as a tar",
  usage: ["export IMAGE [PATH...] [OPTIONS]"],
  detail:
    "Merges the layers as an engine would, and writes all files, or those at and below PATH, as a tar to standard output. " +
    "Links on the way to PATH are followed.",
  examples: [
    "appendlayer export nginx:1 /etc/nginx --platform linux/amd64 | tar x",
    "appendlayer export ghcr.io/acme/site:7 /srv/VERSION --file",
  ],
  operands: [1],
  mayTakeMore: true,
  groups: { files: EXPORT_OPTIONS, connection: CONNECTION_OPTIONS },
  run: async ({ operands, files, connection, ...unread }, session) => {
    const [first = "", ...paths] = operands;
    const image = parseOperand(first, "export IMAGE");
    const { output, ...flags } = files();
    if (flags.as === "file" && paths.length !== 1) {
      throw new UsageError("Cannot use --file without the one PATH of a file");
    }
    const access = await connection({ session, registries: registriesOf(image) });
    const { exportFiles } = await import("../../image/verbs/export.ts");
    const archives = access.host?.archives;
    if (archives === undefined) throw new TypeError("Cannot write: this runtime has no files");
    const pending = await archives.create(output ?? STANDARD);
    try {
      const content: ByteStream = exportFiles(image, { ...access, ...flags, paths });
      for await (const chunk of content) await pending.write(chunk);
      await pending.commit();
    } catch (error) {
      // The reader of standard output has ended, such as `head`.
      const { cause } = error as { readonly cause?: unknown };
      if (output !== undefined || errorCode(cause) !== "EPIPE") throw error;
    } finally {
      await pending.discard();
    }
    return unread;
  },
});
