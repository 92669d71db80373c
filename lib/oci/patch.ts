/** Patches parsed JSON and keeps the order of its keys. */

import type { JsonObject } from "./json.ts";

/** Values to set; null removes the key. */
export type MapEdit = Readonly<Record<string, string | null>>;

/**
 * Applies changes to a map, whose keys keep their order. Returns undefined if the map is empty then.
 *
 * @param map The map; absent and null are empty.
 */
export function editMap(map: unknown, edit: MapEdit): JsonObject | undefined {
  const entries = new Map<string, unknown>(Object.entries(map ?? {}));
  for (const [key, value] of Object.entries(edit)) {
    if (value === null) entries.delete(key);
    else entries.set(key, value);
  }
  return entries.size === 0 ? undefined : Object.fromEntries(entries);
}

/** Sets fields of an object, whose fields keep their order; undefined removes a field. */
export function setFields<T extends JsonObject>(object: T, fields: JsonObject): T {
  const merged: Record<string, unknown> = { ...object, ...fields };
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined) delete merged[field];
  }
  return merged as T;
}
