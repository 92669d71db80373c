/** Options for the layers to append. */

import { hostProcess } from "../../host/builtin.ts";
import type { AddFilesOptions } from "../../host/files/add_files.ts";
import type { AccessOptions } from "../../image/access/access.ts";
import type { LayerOptions } from "../../image/verbs/change_options.ts";
import type { ReadBase } from "../../layer/base/base_questions.ts";
import { type Addition, parseAddition } from "../../layer/files/addition.ts";
import { parseFileMode } from "../../layer/files/file_mode.ts";
import { normalizeImagePath } from "../../layer/files/image_path.ts";
import { hasNames, type Owner, parseOwnerNames } from "../../layer/files/owner.ts";
import { parseDeletion, parseOpaque } from "../../layer/files/removals.ts";
import type { LayerInput, PlatformLayerInput } from "../../layer/layer_input.ts";
import type { OnDifference } from "../../layer/sync/sync_difference.ts";
import type { Session } from "../commands/session.ts";
import type { Io } from "../io.ts";
import { isStandard, parseLocation } from "../../storage/location.ts";
import { UsageError } from "../usage_error.ts";
import { filesInput, readArchives } from "./layer_inputs.ts";
import { readEpoch } from "./read_epoch.ts";
import { parsePattern, readIgnoreFile } from "./read_ignore.ts";
import { parseSync, syncInput } from "./read_sync.ts";
import { flag, optional, type OptionGroup, optionGroup, repeated, single } from "./option.ts";
import { parseChoice, parseSize, parseText, parseTime } from "./values.ts";

/** What the reader of the options needs. */
export interface LayerContext {
  readonly session: Session;
  /** Full location of the base; undefined if there are many. */
  readonly base: string | undefined;
  /** Whether layers of repositories are taken, so that no other is needed. */
  readonly takes: boolean;
}

/**
 * What the layers are made of: the archives of `--layer` in their order, then the files of `--add`; or else standard input. Removals
 * only apply to the base: they are in the layer of the files or, if there are archives, in a layer below these.
 */
export const LAYER_OPTIONS: OptionGroup<
  [LayerContext],
  Promise<
    & Pick<LayerOptions, "replace" | "layers" | "readBase" | "readBaseLimit">
    & Pick<AccessOptions, "cache">
    & { readonly differences: Parameters<OnDifference>[] }
  >
> = optionGroup(
  "Layer",
  {
    add: repeated({
      value: "SRC[:DEST]",
      about:
        "add a local file, or a directory's contents, at DEST (default: the root), all in one layer; {os}, {arch}, {variant} and {machine} in SRC name the platform",
      parse: parsePlacedAddition,
    }),
    sync: repeated({
      value: "SRC:DEST",
      about:
        "make DEST equal to a local directory: send only what differs from BASE, and delete what is gone",
      parse: parseSync,
    }),
    layer: repeated({
      value: "FILE",
      about: "add a tar, tar.gz or tar.zst as a layer of its own; - is standard input",
      parse: parseText,
    }),
    replace: single({
      value: "NAME",
      about:
        "replace the layers that an earlier run made under NAME; where nothing changes, write nothing",
      parse: parseLayerName,
    }),
    delete: repeated({
      value: "PATH",
      about: "remove a path of the base",
      parse: parseDeletion,
    }),
    opaque: repeated({
      value: "DIR",
      about: "hide what the base has in a directory",
      parse: parseOpaque,
    }),
    ignore: repeated({
      value: "GLOB",
      about: "leave out of --add and --sync what GLOB matches, by the rules of .dockerignore",
      parse: parsePattern,
    }),
    ignoreFile: repeated({
      value: "FILE",
      about: "leave out what the rules in FILE match, as in .dockerignore",
      parse: parseText,
    }),
    dereference: flag({ about: "add what symbolic links point at instead of them" }),
    prefix: single({
      value: "DIR",
      about: "put the entries of a tar below DIR",
      parse: normalizeImagePath,
    }),
    chown: single({
      value: "USER[:GROUP]",
      about: "set the owner of the entries, by number or name (default of added files: 0:0)",
      parse: parseChown,
    }),
    chmod: single({
      value: "MODE",
      about: "set the permissions of the entries, as in 644 or u=rwX,go=rX (default: their own)",
      parse: parseFileMode,
    }),
    mtime: single({
      value: "TIME|keep",
      about:
        "set the time of the entries, ISO 8601 or seconds (default of added files: SOURCE_DATE_EPOCH, else 1970)",
      parse: parseMtime,
    }),
    checksum: flag({
      about: "read every file of --sync, also where size, times and inode are as they were",
    }),
    allowEmpty: flag({ about: "let --sync delete all of DEST where SRC is missing or empty" }),
    readBase: optional<ReadBase>({
      value: "auto|all|none",
      about:
        "ask the base's layers about owners, modes and links of the directories above the entries: where it can matter, always, or never (default: auto; alone: all)",
      bare: "all",
      parse: parseChoice<ReadBase>("auto", "all", "none"),
    }),
    readBaseLimit: single({
      value: "SIZE",
      about:
        "read no more than SIZE of the base's layers, as in 64M or 1G, with --read-base=auto (default: 64M)",
      parse: parseSize,
    }),
    noCache: flag({ about: "neither use nor keep what is remembered from run to run" }),
  },
  (
    {
      layer,
      add,
      sync,
      checksum,
      allowEmpty,
      delete: deletions,
      opaque,
      ignore,
      ignoreFile,
      prefix,
      chown,
      chmod,
      mtime,
      readBase,
      readBaseLimit,
      noCache,
      dereference,
      replace,
      ...unread
    },
    { session, base, takes },
  ) => {
    const { io } = session;
    const adds = add.length > 0;
    const syncs = sync.length > 0;
    const differences: Parameters<OnDifference>[] = [];
    const removes = deletions.length > 0 || opaque.length > 0;
    const archives = layer.length > 0 ? layer : adds || removes || syncs || takes ? [] : ["-"];
    if (archives.includes("-") && base !== undefined && isStandard(parseLocation(base))) {
      throw new UsageError(
        "Cannot read both BASE and a layer from standard input: it can be read only once",
      );
    }
    if (archives.length === 0) {
      refuseWithout("a tar to put below a directory", { prefix: prefix !== undefined });
    }
    if (!syncs) refuseWithout("--sync", { checksum, "allow-empty": allowEmpty });
    if (!adds && !syncs) {
      refuseWithout("--add or --sync", {
        ignore: ignore.length > 0,
        "ignore-file": ignoreFile.length > 0,
        dereference,
      });
    }
    const isApart = removes && archives.length > 0;
    const common: AddFilesOptions = {
      owner: chown,
      mtime: mtime ?? epochSeconds(io),
    };
    const removals = { deletions, opaque };
    const sockets = new Set<string>();
    let isAttributeTold = false;
    const told: Pick<AddFilesOptions, "onSocket" | "onAttributes"> = {
      onSocket: (path) => {
        if (sockets.has(path)) return;
        sockets.add(path);
        session.note(`left out "${path}": it is a socket`);
      },
      onAttributes: (path, [name]) => {
        if (isAttributeTold) return;
        isAttributeTold = true;
        session.note(
          `left behind the extended attribute "${name}" of "${path}", and others: only capabilities are kept`,
        );
      },
    };
    async function readLayers(): Promise<(LayerInput | PlatformLayerInput)[]> {
      const edit = {
        prefix,
        owner: archives.length > 0 ? numericOwner(chown) : undefined,
        chmod,
        mtime: mtime === "keep" ? undefined : mtime,
      };
      const ignoreFiles = await Promise.all(ignoreFile.map((path) => readIgnoreFile(io, path)));
      const rules = [...ignoreFiles.flat(), ...ignore];
      // The lowest layers: they are compared with the base alone.
      const layers: (LayerInput | PlatformLayerInput)[] = syncs
        ? [
          await syncInput(sync, {
            ...{ ...common, ...told, ignore: rules, chmod, dereference, allowEmpty, checksum },
            onDifference: (...told) => differences.push(told),
          }, { io, noCache }),
        ]
        : [];
      if (isApart) {
        layers.push(
          await filesInput("what is removed", { ...removals, ...common }, removals),
        );
      }
      layers.push(...await readArchives(archives, edit, session));
      if (!adds && (!removes || isApart)) return layers;
      const files: AddFilesOptions = {
        ...isApart ? {} : removals,
        additions: add,
        ignore: rules,
        chmod,
        dereference,
        ...told,
        // If there are archives too, one of them may have what is removed.
        onScratch: layer.length === 0 && base === "scratch",
        ...common,
      };
      const described = isApart ? { deletions: [], opaque: [] } : removals;
      return [...layers, await filesInput("the added files", files, described)];
    }
    return {
      result: readLayers().then((layers) => ({
        layers,
        readBase,
        readBaseLimit,
        cache: !noCache,
        replace,
        differences,
      })),
      unread,
    };
  },
);

function refuseWithout(needed: string, given: Readonly<Record<string, boolean>>): void {
  for (const [flag, isGiven] of Object.entries(given)) {
    if (isGiven) throw new UsageError(`Cannot use --${flag} without ${needed}`);
  }
}

function parsePlacedAddition(text: string): Addition {
  const addition = parseAddition(text, { windows: hostProcess?.platform === "win32" });
  normalizeImagePath(addition.destination);
  return addition;
}

/** Checks an owner, whose names are looked up later. */
function parseChown(text: string): string {
  parseOwnerNames(text);
  return text;
}

/** The owner for archives, which must be given by numbers, since names are not looked up for them. */
function numericOwner(chown: string | undefined): Owner | undefined {
  const owner = chown === undefined ? undefined : parseOwnerNames(chown);
  if (owner === undefined || !hasNames(owner)) return owner;
  throw new UsageError(
    `Cannot use --chown: names are looked up for added files alone, and not for an archive: write UID[:GID], got ${
      JSON.stringify(chown)
    }`,
  );
}

function epochSeconds({ env }: Io): number | undefined {
  const epoch = readEpoch(env);
  return epoch && epoch.getTime() / 1000;
}

function parseLayerName(text: string): string {
  if (/^[\w.-]{1,128}$/.test(text)) return text;
  throw new SyntaxError(
    `expected up to 128 letters, digits, ".", "_" and "-", got ${JSON.stringify(text)}`,
  );
}

/** Seconds since 1970. */
function parseMtime(text: string): number | "keep" {
  return text === "keep" ? "keep" : parseTime(text).getTime() / 1000;
}
