/** Patches parsed JSON and keeps the order of its keys. */

import type { JsonObject } from "./json.ts";

/** Values to set; null takes the key out. */
export type MapEdit = Readonly<Record<string, string | null>>;

/**
 * Applies changes to a map; keys that are there keep their place. What is left empty comes out as undefined.
 *
 * @param map The map as it was; absent and null are empty.
 */
export function editMap(map: unknown, edit: MapEdit): JsonObject | undefined {
  const entries = new Map<string, unknown>(Object.entries(map ?? {}));
  for (const [key, value] of Object.entries(edit)) {
    if (value === null) entries.delete(key);
    else entries.set(key, value);
  }
  return entries.size === 0 ? undefined : Object.fromEntries(entries);
}

/** Sets fields of an object, in place where they are there already; a field given as undefined is removed. */
export function setFields<T extends JsonObject>(object: T, fields: JsonObject): T {
  const merged: Record<string, unknown> = { ...object, ...fields };
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined) delete merged[field];
  }
  return merged as T;
}
