/** Compares the settings of two images. */

import type { ContainerConfig, ImageConfig } from "./config.ts";
import { isJsonObject, type JsonObject } from "./json.ts";

/** A setting that differs between two images. */
export interface FieldDifference {
  /** `created`, `User`, `Env.PATH`, `annotations.org.opencontainers.image.version`. */
  readonly field: string;
  /** Value of the first image; absent if it has none. */
  readonly from?: unknown;
  /** Value of the second image; absent if it has none. */
  readonly to?: unknown;
}

/** Fields of the container's config that are maps. */
export const CONFIG_MAPS: readonly string[] = ["Labels", "ExposedPorts", "Volumes"];

/** Fields that describe layers, and are not compared. */
const ABOUT_LAYERS: readonly string[] = ["rootfs", "history"];

/** Compares two configs, except their layers and history. Maps and environment variables are compared by their members. */
export function compareConfigs(from: ImageConfig, to: ImageConfig): readonly FieldDifference[] {
  const { config: _from, ...one } = from;
  const { config: _to, ...other } = to;
  const outer = compareMaps("", one, other);
  return [
    ...outer.filter(({ field }) => !ABOUT_LAYERS.includes(field)),
    ...compareContainers(from.config ?? {}, to.config ?? {}),
  ];
}

function compareContainers(
  from: ContainerConfig,
  to: ContainerConfig,
): readonly FieldDifference[] {
  const fields = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...fields].flatMap((field) => {
    const [one, other] = [from[field], to[field]];
    if (field === "Env") return compareMaps("Env.", variables(one), variables(other));
    return CONFIG_MAPS.includes(field)
      ? compareMaps(`${field}.`, toMap(one), toMap(other))
      : compareMaps("", { [field]: one }, { [field]: other });
  });
}

/**
 * Compares two maps, in the order of the first.
 *
 * @param prefix Prefix of the fields' names.
 */
export function compareMaps(
  prefix: string,
  from: JsonObject,
  to: JsonObject,
): readonly FieldDifference[] {
  const keys = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...keys].filter((key) => !isSame(from[key], to[key])).map((key) => ({
    field: `${prefix}${key}`,
    ...(isAbsent(from[key]) ? {} : { from: from[key] }),
    ...(isAbsent(to[key]) ? {} : { to: to[key] }),
  }));
}

function variables(env: unknown): JsonObject {
  return Object.fromEntries(
    Object.entries(envMap(env)).map(([name, line]) => [name, String(line).slice(name.length + 1)]),
  );
}

/** The values of environment variables by their names. */
export function envMap(env: unknown): JsonObject {
  if (!Array.isArray(env)) return {};
  return Object.fromEntries(env.map((line: string) => [line.replace(/=.*/s, ""), line]));
}

/** A value if it is a map, else an empty map. */
export function toMap(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** Whether two values are equal JSON, whatever the order of keys. Absent and null are equal. */
export function isSame(one: unknown, other: unknown): boolean {
  if (isJsonObject(one) && isJsonObject(other)) {
    const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...keys].every((key) => isSame(one[key], other[key]));
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]));
  }
  return (one ?? null) === (other ?? null);
}
