/** Makes a layer of files on disk. */

import type { ByteStream } from "../../base/bytes.ts";
import type { Addition } from "../../layer/files/addition.ts";
import { filesLayer, type FilesLayerOptions } from "../../layer/files/files_layer.ts";
import { IgnoreRules } from "../../layer/files/ignore.ts";
import { slashed } from "./local_file.ts";
import { readAhead } from "./read_ahead.ts";
import { walkFiles } from "./walk.ts";

/** Options of {@linkcode addFiles}. */
export interface AddFilesOptions extends FilesLayerOptions {
  /** Local files and directories, and where they go. */
  readonly additions?: readonly Addition[] | undefined;
  /** Patterns of `.dockerignore`, relative to each source; the last one that matches decides. */
  readonly ignore?: readonly string[] | undefined;
  /**
   * Whether to take what symlinks point to instead of the links.
   *
   * @default {false}
   */
  readonly dereference?: boolean | undefined;
}

/**
 * Makes a layer of local files.
 *
 * @returns a function that opens the archive anew at each call: an input for a layer. The disk is read as the archive is.
 * @throws {SyntaxError} if a pattern or a path in the image is malformed.
 * @example
 * ```ts no-eval
 * import { appendLayer } from "@x/appendlayer";
 * import { addFiles } from "@x/appendlayer/files";
 *
 * const layer = addFiles({ additions: [{ source: "site", destination: "/srv" }], ignore: ["*.map"] });
 * await appendLayer("nginx", "ghcr.io/acme/site", { layers: [layer] });
 * ```
 */
export function addFiles(options: AddFilesOptions): () => ByteStream {
  const { additions = [], ignore = [], dereference, ...others } = options;
  const rules = ignore.length === 0 ? undefined : new IgnoreRules(ignore);
  const sources = additions.map(({ source, destination }) => ({
    name: slashed(source),
    destination,
    files: () => walkFiles(source, { ignore: rules, dereference }),
  }));
  return filesLayer({
    ...others,
    sources,
    readAhead,
  });
}
