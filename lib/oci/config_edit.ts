/** Edits the config of an image. */

import type { OptionNames } from "../base/check_options.ts";
import { editMap, setFields } from "./patch.ts";
import type { ContainerConfig, ImageConfig } from "./config.ts";
import { requireTextMap, requireTexts } from "./edit_values.ts";
import type { JsonObject } from "./json.ts";
import { isStopSignal, LAST_SIGNAL } from "./stop_signal.ts";

/** The check by which an engine decides whether a container is healthy. */
export interface Healthcheck {
  /** `["CMD", …]`, `["CMD-SHELL", command]`, or `["NONE"]` to turn that of the base off. */
  readonly test: readonly string[];
  /** Milliseconds between two checks. */
  readonly interval?: number | undefined;
  /** Milliseconds that one check may take. */
  readonly timeout?: number | undefined;
  /** Milliseconds in which a failure does not count. */
  readonly startPeriod?: number | undefined;
  /** Milliseconds between two checks during the start period. */
  readonly startInterval?: number | undefined;
  /** Failures in a row that make a container unhealthy. */
  readonly retries?: number | undefined;
}

/** Changes to the config. An absent field stays as it is; null removes it. */
export interface ConfigEdit {
  /** Environment variables to set; null removes one. Those of the base keep their order. */
  readonly env?: Readonly<Record<string, string | null>> | undefined;
  /** Labels to set; null removes one. */
  readonly labels?: Readonly<Record<string, string | null>> | undefined;
  /** The command that `cmd` is given to. Unlike in a Dockerfile, setting it leaves `cmd` alone. */
  readonly entrypoint?: readonly string[] | null | undefined;
  /** Default arguments. */
  readonly cmd?: readonly string[] | null | undefined;
  /** Working directory: an absolute path. */
  readonly workdir?: string | null | undefined;
  /** User that runs the command, `USER[:GROUP]`. */
  readonly user?: string | null | undefined;
  /** Ports to add, `PORT[-LAST][/tcp|udp|sctp]`. */
  readonly expose?: readonly string[] | null | undefined;
  /** Directories to add to the image's volumes. */
  readonly volumes?: readonly string[] | null | undefined;
  /** A signal of Linux, as in `SIGTERM`, or its number. */
  readonly stopSignal?: string | null | undefined;
  /** Health check. */
  readonly healthcheck?: Healthcheck | null | undefined;
  /** Shell that runs commands in their shell form. */
  readonly shell?: readonly string[] | null | undefined;
}

/** The names of all fields of {@linkcode ConfigEdit}. */
export const CONFIG_EDIT_OPTIONS: OptionNames<ConfigEdit> = {
  env: true,
  labels: true,
  entrypoint: true,
  cmd: true,
  workdir: true,
  user: true,
  expose: true,
  volumes: true,
  stopSignal: true,
  healthcheck: true,
  shell: true,
};

const LISTS = ["entrypoint", "cmd", "expose", "volumes", "shell"] as const;
const MAPS = ["env", "labels"] as const;
const PORTS = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i;
const LAST_PORT = 65_535;
const NANOSECONDS = 1_000_000;
/** The longest time in milliseconds: as nanoseconds it fits into 63 bits, 292 years. */
const LONGEST = 9_223_372_036_854;

/**
 * Checks an edit, as far as possible without the image.
 *
 * @throws {TypeError} as {@linkcode editConfig} does for an image of any system.
 */
export function checkConfigEdit(edit: ConfigEdit): void {
  editConfig({ rootfs: { diff_ids: [] } }, edit);
}

/**
 * Edits a config. Returns the same object if nothing changes.
 *
 * @throws {TypeError} if a variable's name, a port, the stop signal or the health check is invalid, the working directory is relative, the
 *     user is blank, or a value has a wrong type.
 */
export function editConfig(image: ImageConfig, edit: ConfigEdit): ImageConfig {
  checkWorkdir(edit.workdir, image.os);
  checkUser(edit.user);
  checkStopSignal(edit.stopSignal);
  for (const name of LISTS) requireTexts(name, edit[name]);
  for (const name of MAPS) requireTextMap(name, edit[name]);
  const config = image.config ?? {};
  const fields: Record<string, unknown> = {};
  if (edit.env !== undefined) fields["Env"] = editEnv(config.Env ?? [], edit.env);
  if (edit.labels !== undefined) fields["Labels"] = editMap(config.Labels, edit.labels);
  if (edit.expose !== undefined) {
    fields["ExposedPorts"] = addKeys(config.ExposedPorts, edit.expose?.flatMap(listPorts));
  }
  if (edit.volumes !== undefined) fields["Volumes"] = addKeys(config.Volumes, edit.volumes);
  if (edit.healthcheck !== undefined) {
    fields["Healthcheck"] = edit.healthcheck === null
      ? undefined
      : formatHealthcheck(edit.healthcheck);
  }
  for (const [option, field] of PLAIN_FIELDS) {
    if (edit[option] !== undefined) fields[field] = edit[option] ?? undefined;
  }
  if (Object.keys(fields).length === 0) return image;
  const changed: ContainerConfig = setFields(config, fields);
  return setFields(image, { config: changed });
}

const PLAIN_FIELDS = [
  ["entrypoint", "Entrypoint"],
  ["cmd", "Cmd"],
  ["workdir", "WorkingDir"],
  ["user", "User"],
  ["stopSignal", "StopSignal"],
  ["shell", "Shell"],
] as const;

/** Sets and unsets variables in a list of `NAME=VALUE`. The order is kept, and repeated names are removed. */
function editEnv(
  env: readonly string[],
  edit: Readonly<Record<string, string | null>>,
): string[] | undefined {
  const lines = [...env];
  for (const [name, value] of Object.entries(edit)) {
    if (!/^[^=\0]+$/.test(name)) {
      throw new TypeError(
        `Cannot set the variable ${JSON.stringify(name)}: expected a name without "="`,
      );
    }
    const isSame = (line: string): boolean => line === name || line.startsWith(`${name}=`);
    const first = lines.findIndex(isSame);
    const others = lines.filter((line) => !isSame(line));
    if (value !== null) others.splice(first < 0 ? others.length : first, 0, `${name}=${value}`);
    lines.splice(0, lines.length, ...others);
  }
  return lines.length === 0 ? undefined : lines;
}

function addKeys(
  set: JsonObject | null | undefined,
  keys: readonly string[] | null | undefined,
): JsonObject | undefined {
  if (keys === null || keys === undefined) return undefined;
  return { ...set, ...Object.fromEntries(keys.map((key) => [key, set?.[key] ?? {}])) };
}

/** Expands a range of ports, as Docker does, since the keys are single ports (OCI image spec 1.1, config.md). */
function listPorts(ports: string): string[] {
  const [, from, to = from, protocol = "tcp"] = PORTS.exec(ports) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (first >= 1 && first <= last && last <= LAST_PORT) {
    return Array.from(
      { length: last - first + 1 },
      (_, index) => `${first + index}/${protocol.toLowerCase()}`,
    );
  }
  throw new TypeError(
    `Cannot expose ${
      JSON.stringify(ports)
    }: expected "PORT", "PORT/udp" or "FIRST-LAST", of 1 to ${LAST_PORT}`,
  );
}

/** Requires an absolute directory, since engines refuse to start a container in another one. */
function checkWorkdir(workdir: string | null | undefined, os: string | undefined): void {
  if (!workdir || workdir.startsWith("/")) return;
  // If the config names no system, it may be Windows.
  if ((os === "windows" || !os) && /^(?:[a-z]:)?[\\/]/i.test(workdir)) return;
  throw new TypeError(
    `Cannot set the working directory ${
      JSON.stringify(workdir)
    }: expected an absolute path, as in "${os === "windows" ? "C:\\app" : "/app"}"`,
  );
}

/** Refuses a blank user, which engines would not find. */
function checkUser(user: string | null | undefined): void {
  if (!user || user.trim() !== "") return;
  throw new TypeError(
    `Cannot set the user ${JSON.stringify(user)}: expected "USER" or "USER:GROUP"`,
  );
}

/** Requires a known signal, since Podman creates no container with an unknown one. */
function checkStopSignal(signal: string | null | undefined): void {
  if (!signal || isStopSignal(signal)) return;
  throw new TypeError(
    `Cannot set the stop signal ${
      JSON.stringify(signal)
    }: expected a signal of Linux, as in "SIGTERM", or its number, 1 to ${LAST_SIGNAL}`,
  );
}

function formatHealthcheck(check: Healthcheck): JsonObject {
  requireTexts("healthcheck.test", check.test);
  const { retries } = check;
  const isCount = retries === undefined ||
    Number.isInteger(retries) && retries >= 0 && retries < 2 ** 31;
  if (!isCount) {
    throw new TypeError(`Cannot set healthcheck.retries to ${retries}: expected a whole number`);
  }
  return setFields({}, {
    Test: check.test,
    Interval: nanoseconds("interval", check),
    Timeout: nanoseconds("timeout", check),
    StartPeriod: nanoseconds("startPeriod", check),
    StartInterval: nanoseconds("startInterval", check),
    Retries: retries,
  });
}

function nanoseconds(
  name: "interval" | "timeout" | "startPeriod" | "startInterval",
  { [name]: milliseconds }: Healthcheck,
): number | undefined {
  if (milliseconds === undefined) return undefined;
  if (milliseconds >= 0 && milliseconds <= LONGEST) return Math.round(milliseconds * NANOSECONDS);
  throw new TypeError(
    `Cannot set healthcheck.${name} to ${milliseconds}: expected milliseconds, 0 to ${LONGEST}`,
  );
}
