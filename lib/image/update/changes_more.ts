/** Tells whether more than the layers of an image is to be changed. */

import { CONFIG_EDIT_OPTIONS, type ConfigEdit } from "../../oci/config_edit.ts";

/** Changes beside the layers. */
export interface OtherChanges extends ConfigEdit {
  readonly author?: string | undefined;
  readonly annotations?: Readonly<Record<string, string | null>> | undefined;
}

/** Whether there are changes beside the layers. The creation time does not count. */
export function changesMore(change: OtherChanges): boolean {
  const { author, annotations } = change;
  const edits = Object.keys(CONFIG_EDIT_OPTIONS) as (keyof ConfigEdit)[];
  return author !== undefined || annotations !== undefined ||
    edits.some((name) => isGiven(change[name]));
}

function isGiven(value: unknown): boolean {
  if (value === undefined || value === false) return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}
