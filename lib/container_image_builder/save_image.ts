/** Saves an `Image`: config, manifest and tags. */

import { bytesSource } from "../storage/blob_source.ts";
import type { ImageConfig } from "../oci/config.ts";
import { editConfig } from "../oci/config_edit.ts";
import type { Digest } from "../oci/digest.ts";
import { makeDocument } from "../oci/document.ts";
import { formatJson } from "../oci/json.ts";
import { isTag } from "../oci/reference.ts";
import type { CopyContext } from "../image/transfer/copy_context.ts";
import type { ImageData } from "./image_data.ts";
import { putDocument } from "../image/transfer/put_document.ts";

/** Changes to the config of the saved image. */
export interface ImageSettings {
  readonly Cmd: readonly string[] | undefined;
  /** Variables as `NAME=VALUE`. */
  readonly Env: readonly string[] | undefined;
  readonly WorkingDir: string | undefined;
  readonly created: Date;
}

/**
 * Writes the config and the manifest, whose layers are in the target already, and then the tags.
 *
 * @param data Is changed to what was saved.
 * @param tags If there are none, the image can only be found by its digest.
 * @returns the manifest's digest.
 */
export async function saveImage(
  data: ImageData,
  tags: readonly string[],
  { Cmd: cmd, Env, WorkingDir: workdir, created }: ImageSettings,
  context: CopyContext,
): Promise<Digest> {
  const { manifest, config } = data;
  const dated = { ...config, created: created.toISOString() };
  const edited = editConfig(dated as ImageConfig, { cmd, workdir, env: Env && parseEnv(Env) });
  const { digest, size } = await context.target.putBlob(
    bytesSource(formatJson(edited)),
    context.group,
  );
  // `data` in the descriptor is the old config.
  const { data: _data, ...descriptor } = manifest.config;
  manifest.config = { ...descriptor, digest, size };
  Object.assign(config, edited);
  const document = await makeDocument(manifest, manifest.mediaType);
  const references = tags.length === 0 ? [document.digest] : tags;
  for (const reference of references) await putDocument(reference, document, context);
  return document.digest;
}

/**
 * Checks tags.
 *
 * @throws {SyntaxError} if one is invalid.
 */
export function requireTags(tags: readonly string[]): void {
  const invalid = tags.find((tag) => !isTag(tag));
  if (invalid === undefined) return;
  throw new SyntaxError(`Cannot save as ${JSON.stringify(invalid)}: it is not a tag`);
}

/** Parses variables written as `NAME=VALUE`; the last one of a name counts. */
function parseEnv(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => {
    const [name = "", ...value] = line.split("=");
    return [name, value.join("=")];
  }));
}
