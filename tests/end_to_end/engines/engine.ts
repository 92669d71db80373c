/** Container engines that tests pull images with: those of this machine, and today's where a script has fetched them. */

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { succeed } from "../program.ts";
import { withDirectory } from "../scratch.ts";
import type { FileTree } from "./file_tree.ts";

/** Where the programs of engines are. */
export interface Installation {
  readonly name: string;
  /** Folders, the first one before the others. */
  readonly folders: readonly string[];
  /** Configuration of Podman that belongs to these programs. */
  readonly containersConf?: string | undefined;
}

/** An engine that runs. */
export interface RunningEngine {
  /** Reads the files of an image that it has, without starting it. */
  readonly tree?: (image: string) => Promise<FileTree>;
  /** Lends the address of its API, as `DOCKER_HOST` has it. */
  readonly withApi?: <T>(action: (address: string) => Promise<T>) => Promise<T>;
  /** Pulls an image of a registry on loopback and reads its files; throws where the engine does not take it. */
  unpack(image: string): Promise<FileTree>;
  /**
   * Runs a command in a container without a network, as the image's user, and returns its standard output. An image of a registry is
   * pulled where it is not there.
   */
  run(image: string, ...command: string[]): Promise<string>;
}

/** An engine that can be started. */
export interface Engine<Running extends RunningEngine = RunningEngine> {
  /** With its version and the way in which it stores images. */
  readonly name: string;
  /** Name as warnings have it: "Docker", "containerd", "Podman" or "umoci". */
  readonly product: string;
  /** Parts of the version. */
  readonly version: readonly number[];
  /** How it stores images. */
  readonly store: string;
  /** Starts it for an action, with its data in a directory, and ends it. */
  start<T>(action: (engine: Running) => Promise<T>): Promise<T>;
}

/** What an engine is started with. */
export interface EngineStart<Store extends string> {
  readonly installation: Installation;
  readonly store: Store;
  readonly version: readonly number[];
  /** Empty, for its data; it goes when the engine has ended. */
  readonly directory: string;
}

/** Describes an engine: the version of its program, and how it is started in a directory of its own. */
export async function describeEngine<Store extends string, Running extends RunningEngine>(
  { installation, product, program, store, storeName = store }: {
    readonly installation: Installation;
    readonly product: string;
    readonly program: string;
    readonly store: Store;
    /** How it is called in tests' names. @default the store */
    readonly storeName?: string;
  },
  start: <T>(
    options: EngineStart<Store>,
    action: (engine: Running) => Promise<T>,
  ) => Promise<T>,
): Promise<Engine<Running>> {
  const { text, parts: version } = await versionOf(installation, program);
  return {
    name: `${product} ${text}${storeName === "" ? "" : `, ${storeName}`}`,
    product,
    version,
    store,
    start: (action) =>
      withDirectory((directory) => start({ installation, store, version, directory }, action)),
  };
}

/** Programs of this machine; a distribution's own ones, which belong to each other, before others. */
export const INSTALLED: Installation = {
  name: "installed",
  folders: ["/usr/bin", "/usr/sbin", ...(process.env["PATH"] ?? "").split(delimiter), "/sbin"],
};

/** Whether everything is run, as by `deno task test --long`. */
export const LONG: boolean = process.env["APPENDLAYER_LONG"] === "1";

/** Today's engines, as `scripts/engines/fetch.ts` installs them; undefined where it has not been run. */
export function fetchedEngines(): Installation | undefined {
  const directory = process.env["APPENDLAYER_ENGINES"];
  if (directory === undefined || directory === "") return undefined;
  const folders = [join(directory, "usr", "bin"), join(directory, "usr", "sbin")];
  return { name: "fetched", folders, containersConf: join(directory, "containers.conf") };
}

/** Path of a program; undefined where there is none. */
export function findProgram({ folders }: Installation, name: string): string | undefined {
  return folders.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Path of a program that is there. */
export function requireProgram(installation: Installation, name: string): string {
  const path = findProgram(installation, name);
  if (path === undefined) throw new Error(`There is no "${name}"`);
  return path;
}

/** The environment in which programs of an installation find each other. */
export function environmentOf(
  { folders, containersConf }: Installation,
): Record<string, string | undefined> {
  return {
    PATH: [...folders, process.env["PATH"]].join(delimiter),
    ...(containersConf !== undefined && { CONTAINERS_CONF: containersConf }),
    // A user's own settings have no place here.
    DOCKER_CONFIG: undefined,
    DOCKER_HOST: undefined,
    REGISTRY_AUTH_FILE: undefined,
  };
}

/** The first version number that a program prints. */
async function versionOf(
  installation: Installation,
  program: string,
): Promise<{ readonly text: string; readonly parts: readonly number[] }> {
  const path = requireProgram(installation, program);
  const output = await succeed([path, "--version"], { env: environmentOf(installation) });
  const text = /\d+(?:\.\d+)+/.exec(output)?.[0] ?? "0";
  return { text, parts: text.split(".").map(Number) };
}
