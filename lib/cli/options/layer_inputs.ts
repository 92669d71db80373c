/** Makes layer inputs of the options. */

import type { ByteStream } from "../../base/bytes.ts";
import type { AddFilesOptions } from "../../host/files/add_files.ts";
import { editEntries, type EditEntriesOptions } from "../../layer/edit_entries.ts";
import type { Addition } from "../../layer/files/addition.ts";
import { hasPlatformWords } from "../../layer/files/platform_words.ts";
import type { LayerInput, PlatformLayerInput } from "../../layer/layer_input.ts";
import type { Session } from "../commands/session.ts";
import type { Io } from "../io.ts";
import { watchInput } from "../output/progress.ts";
import { UsageError } from "../usage_error.ts";
import { describeAdditions, describeArchive, type Removals } from "./describe_layers.ts";

/** Makes an input for each archive; `-` is standard input. */
export async function readArchives(
  archives: readonly string[],
  options: EditEntriesOptions,
  { io, signal, showProgress }: Session,
): Promise<(LayerInput | PlatformLayerInput)[]> {
  if (archives.filter((archive) => archive === "-").length > 1) {
    throw new UsageError(
      "Cannot use --layer - more than once: standard input can be read only once",
    );
  }
  if (archives.includes("-") && io.terminal.input) {
    throw new UsageError(
      'Cannot read a layer from standard input: it is a terminal; pipe a tar into it, or use --add or --layer, or "appendlayer edit" for settings alone',
    );
  }
  const edit = editEntries(options);
  const readInput = (): ByteStream => {
    const input = io.readInput(signal);
    return showProgress === undefined ? input : watchInput(input, showProgress);
  };
  const read = (archive: string): LayerInput => ({
    name: archive === "-" ? "standard input" : `"${archive}"`,
    history: describeArchive(archive, options.prefix),
    input: archive === "-"
      ? readInput()
      : io.isReplayable(archive)
      ? () => io.readFile(archive)
      : io.readFile(archive),
    edit,
    size: sizeOf(archive, io),
  });
  if (!archives.some(hasPlatformWords)) return archives.map(read);
  const { eachPlatform } = await import("../../host/files/add_platform_files.ts");
  const { isPlatformPath } = await import("../../host/files/platform_path.ts");
  return archives.map((archive) =>
    isPlatformPath(archive)
      ? eachPlatform([archive], ([path = archive]) => read(path))
      : read(archive)
  );
}

/** The size of a file, read once. */
function sizeOf(archive: string, io: Io): () => number | undefined {
  let size: number | undefined;
  let isKnown = archive === "-";
  return () => {
    if (!isKnown) size = io.fileSize(archive);
    isKnown = true;
    return size;
  };
}

/** Makes an input of local files and removals. */
export async function filesInput(
  name: string,
  options: AddFilesOptions,
  removals: Removals,
): Promise<LayerInput | PlatformLayerInput> {
  // Loaded only if files are added.
  const { addFiles, measureFiles } = await import("../../host/files/add_files.ts");
  const { additions = [] } = options;
  const make = (own: readonly Addition[]): LayerInput => ({
    name,
    input: addFiles({ ...options, additions: own }),
    history: describeAdditions(own, removals),
    size: measureFiles({ ...options, additions: own }),
  });
  if (!additions.some(({ source }) => hasPlatformWords(source))) return make(additions);
  const { eachPlatformAdditions } = await import("../../host/files/add_platform_files.ts");
  const { isPlatformPath } = await import("../../host/files/platform_path.ts");
  return additions.some(({ source }) => isPlatformPath(source))
    ? eachPlatformAdditions(additions, make)
    : make(additions);
}
