/** Makes a layer of files on disk. */

import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import type { ByteStream } from "../../base/bytes.ts";
import type { BaseQuestions } from "../../layer/base/base_questions.ts";
import type { Addition } from "../../layer/files/addition.ts";
import {
  FILES_LAYER_OPTIONS,
  filesLayer,
  type FilesLayerOptions,
} from "../../layer/files/files_layer.ts";
import { IgnoreRules } from "../../layer/files/ignore.ts";
import type { FileSource } from "../../layer/files/source_file.ts";
import { isDirectoryDestination } from "../../layer/files/merge_sources.ts";
import { BLOCK_SIZE, padded } from "../../tar/header.ts";
import { expandSource } from "./expand_source.ts";
import { slashed } from "./local_file.ts";
import { readAhead } from "./read_ahead.ts";
import { walkFiles } from "./walk.ts";

/** Options of {@linkcode addFiles}. */
export interface AddFilesOptions extends FilesLayerOptions {
  /**
   * Local files and directories, with their destinations. A source that does not exist as it is written is a pattern with `*`, `?` and
   * `[a-z]`, as in `COPY`.
   */
  readonly additions?: readonly Addition[] | undefined;
  /** Patterns of `.dockerignore`, relative to each source; the last one that matches decides. */
  readonly ignore?: readonly string[] | undefined;
  /**
   * Whether to follow symlinks instead of adding them.
   *
   * @default {false}
   */
  readonly dereference?: boolean | undefined;
  /**
   * Told of a socket in a directory, which is left out; at each reading again.
   *
   * @default {undefined} a socket is an error
   */
  readonly onSocket?: ((path: string) => void) | undefined;
  /**
   * Told of extended attributes that are left out, of a directory or of the first file in one; at each reading again. All are left out
   * except the capabilities of programs. Only the executable, Bun and Deno can look for them, on Linux.
   *
   * @default {undefined} they are not looked for
   */
  readonly onAttributes?: ((path: string, names: readonly string[]) => void) | undefined;
}

const optionNames = (): OptionNames<AddFilesOptions> => ({
  ...FILES_LAYER_OPTIONS,
  additions: true,
  ignore: true,
  dereference: true,
  onSocket: true,
  onAttributes: true,
});

const ADDITION_FIELDS: OptionNames<Addition> = { source: true, destination: true };

/**
 * Makes a layer of local files.
 *
 * @returns a function that opens the archive, again with each call: an input for a layer. Files are read while the archive is read.
 * @throws {TypeError} if an option, or a field of an addition, is unknown or missing.
 * @throws {SyntaxError} if a pattern or a path in the image is malformed.
 * @example
 * ```ts
 * import { appendLayer } from "@x/appendlayer";
 * import { addFiles } from "@x/appendlayer/files";
 *
 * const layer = addFiles({ additions: [{ source: "site", destination: "/srv" }], ignore: ["*.map"] });
 * await appendLayer("scratch", "oci:files:7", { layers: [layer] });
 * ```
 */
export function addFiles(options: AddFilesOptions): (base?: BaseQuestions) => ByteStream {
  checkAddFiles(options, "addFiles()");
  const { additions: _a, ignore: _i, dereference: _d, onSocket: _o, onAttributes: _t, ...others } =
    options;
  return filesLayer({ ...others, sources: sourcesOf(options), readAhead });
}

/** Milliseconds until a layer is measured: most are done by then. */
const MEASURED_AFTER = 1_000;
/** Files that are measured at a time, before other work may run. */
const BATCH = 256;

/**
 * Measures the layer of `addFiles` in the background, if making it takes a while.
 *
 * @param now A monotonic clock, milliseconds.
 * @returns a function that gives the approximate bytes of the archive; undefined as long as they are not known.
 */
export function measureFiles(
  options: AddFilesOptions,
  now: () => number = () => performance.now(),
): () => number | undefined {
  let firstAsked: number | undefined;
  let isBegun = false;
  let size: number | undefined;
  async function measure(): Promise<number> {
    // An archive ends with two blocks, and each entry begins with one.
    let [sum, count] = [2 * BLOCK_SIZE, 0];
    for (const { files } of sourcesOf({ ...options, onSocket: () => {} })) {
      for (const { size } of files()) {
        sum += BLOCK_SIZE + padded(size);
        if (++count % BATCH === 0) await new Promise((resolve) => setTimeout(resolve));
      }
    }
    return sum;
  }
  return () => {
    firstAsked ??= now();
    if (!isBegun && now() - firstAsked > MEASURED_AFTER) {
      isBegun = true;
      // An error is reported by the layer itself.
      measure().then((measured) => size = measured, () => {});
    }
    return size;
  };
}

function sourcesOf(
  { additions = [], ignore = [], dereference, onSocket, onAttributes }: AddFilesOptions,
): FileSource[] {
  const rules = ignore.length === 0 ? undefined : new IgnoreRules(ignore);
  return additions.flatMap((addition) =>
    expandAddition(addition).map(({ source, destination }) => ({
      name: slashed(source),
      destination,
      files: () => walkFiles(source, { ignore: rules, dereference, onSocket, onAttributes }),
    }))
  );
}

/** One addition for each path that a pattern matches. Several files go into the destination as a directory. */
function expandAddition(addition: Addition): Addition[] {
  const { source, destination } = addition;
  const found = expandSource(source);
  const isInto = found.length > 1 && !isDirectoryDestination(destination);
  return found.map((one) => ({
    source: one,
    destination: isInto ? `${destination}/` : destination,
  }));
}

/** Refuses unknown options. */
export function checkAddFiles(options: AddFilesOptions, caller: string): void {
  checkOptions(options, optionNames(), caller);
  for (const addition of options.additions ?? []) checkAddition(addition, caller);
}

function checkAddition(addition: Addition, caller: string): void {
  checkOptions(addition, ADDITION_FIELDS, `${caller} in additions`);
  for (const field of ["source", "destination"] as const) {
    const value: unknown = addition[field];
    if (typeof value === "string") continue;
    throw new TypeError(
      `Cannot call ${caller} in additions without ${field}: expected text, got ${typeof value}`,
    );
  }
}
