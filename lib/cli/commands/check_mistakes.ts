/** Finds common mistakes in a command line, before it is interpreted in another way. */

import type { Io } from "../io.ts";
import type { Arguments } from "../options/parse_arguments.ts";
import { badValue } from "../options/option.ts";
import { UsageError } from "../usage_error.ts";
import type { Command } from "./command.ts";

/**
 * Refuses `--add SRC DEST` in place of `--add SRC:DEST`, where DEST would be taken for TARGET, or BASE for HOST.
 *
 * @throws {UsageError} that tells the right form.
 */
export function checkAdditions({ operands, given }: Arguments): void {
  const bare = (given.get("add") ?? []).findLast((value) => value && !value.includes(":"));
  const place = operands.find((operand) => operand.startsWith("/"));
  if (bare === undefined || place === undefined) return;
  throw new UsageError(
    `Cannot use ${JSON.stringify(place)} as an operand: SRC and DEST are one word, as in --add ${
      JSON.stringify(`${bare}:${place}`)
    }`,
  );
}

/**
 * Refuses a pattern of `--add` or `--layer` that the shell has expanded: the first file is the value, and the others are operands.
 *
 * @throws {UsageError} that tells the right form.
 */
export function checkExpansion({ operands, given }: Arguments, io: Io): void {
  const surplus = operands.length - 2;
  if (surplus < 1) return;
  for (const flag of ["add", "layer"]) {
    for (const value of given.get(flag) ?? []) {
      if (!value || value.includes(":")) continue;
      const isOfPattern = (operand: string): boolean =>
        directoryOf(operand) === directoryOf(value) && io.exists(operand);
      // BASE and TARGET come before or after the options.
      const files = [operands.slice(0, surplus), operands.slice(-surplus)].find((some) =>
        some.every(isOfPattern)
      );
      if (files === undefined) continue;
      throw new UsageError(
        `Cannot use ${
          JSON.stringify(files[0])
        } as an operand: the shell expanded the pattern of --${flag} into several files; ${
          flag === "add"
            ? `quote it: --add '${directoryOf(value)}*:/srv' has them in /srv`
            : "each of them needs a --layer before it"
        }`,
      );
    }
  }
}

/**
 * Refuses a value without `=` of an option that needs `=`, if there are too many operands.
 *
 * @throws {UsageError} that tells the right form.
 */
export function checkApartValues(command: Command, { operands, given }: Arguments): void {
  const [first = "", ...others] = operands;
  // With three and four operands, the first one is a host.
  const isHostForm = command.name !== "append" || others.length < 2 || !first.includes("/");
  const mayBe = command.mayTakeMore || command.operands.includes(operands.length);
  if (mayBe && isHostForm) return;
  for (const [flag, values] of given) {
    const { isOptional = false, choices } = command.options.get(flag) ?? {};
    if (!isOptional || !values.includes(undefined)) continue;
    const value = others.findLast((one) => choices?.includes(one) ?? !/[/@]/.test(one));
    if (value === undefined) continue;
    throw new UsageError(
      `Cannot use ${
        JSON.stringify(value)
      } as an operand: --${flag} takes a value only after "=", as in --${flag}=${value}`,
    );
  }
}

/** Paths of local files, which are hardly meant as names of images. */
const LOCAL_PATH = /^(?:\.{0,2}\/|\.{1,2}$)|\.(?:tar|tgz|tar\.gz|tar\.zst)$/;
/** Commands whose first operands are images. */
const OF_IMAGES: ReadonlySet<string> = new Set(["append", "copy", "edit", "inspect", "rebase"]);

/**
 * Refuses a local file in place of an image, which would be looked for at Docker Hub.
 *
 * @throws {UsageError} that tells how files and archives are named.
 */
export function checkLocalImage({ name }: Command, { operands }: Arguments, io: Io): void {
  const images = OF_IMAGES.has(name) ? operands : name === "export" ? operands.slice(0, 1) : [];
  const path = images.find((operand) => LOCAL_PATH.test(operand) && io.exists(operand));
  if (path === undefined) return;
  throw new UsageError(
    `Cannot use ${
      JSON.stringify(path)
    } as an image: it is on this machine; an archive of images is docker-archive:FILE or oci-archive:FILE, a layout oci:DIR, and --add and --layer take files`,
  );
}

/** An archive of images on standard output. */
const PIPED_ARCHIVE = /^(?:oci|docker)-archive:-(?:$|:)/;

/**
 * Refuses to write an archive to a terminal.
 *
 * @throws {UsageError} that tells what to do.
 */
export function checkTerminal({ name }: Command, { operands, given }: Arguments, io: Io): void {
  if (!io.terminal.output || given.has("dry-run")) return;
  const isFiles = name === "export" && !["output", "file", "list"].some((flag) => given.has(flag));
  // An index has its TARGET first, so that it may list many images.
  const target = name === "index" ? operands[0] : operands.slice(1).at(-1);
  if (!isFiles && !PIPED_ARCHIVE.test(target ?? "")) return;
  const file = isFiles ? "use --output FILE" : "name a file";
  throw new UsageError(`Cannot write an archive to a terminal: redirect it, or ${file}`);
}

/** The directory of a path, with its slash. */
function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/**
 * Checks that the file of `--digest-file` can be written, before anything is pushed.
 *
 * @throws {UsageError} if it cannot.
 */
export async function checkDigestFile({ given }: Arguments, io: Io): Promise<void> {
  const [path] = given.get("digest-file") ?? [];
  if (path === undefined) return;
  try {
    await io.checkWritable(path);
  } catch (error) {
    throw badValue("digest-file", error);
  }
}
