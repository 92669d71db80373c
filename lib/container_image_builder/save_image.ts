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
  /** Lines of `NAME=VALUE`. */
  readonly Env: readonly string[] | undefined;
  readonly WorkingDir: string | undefined;
  readonly created: Date;
}

/**
 * Puts config and manifest, whose layers are in the target, and gives the manifest its names.
 *
 * @param data Becomes what was saved.
 * @param tags Without any, only the digest names the image.
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
  // A descriptor's embedded data is the old config's.
  const { data: _data, ...descriptor } = manifest.config;
  manifest.config = { ...descriptor, digest, size };
  Object.assign(config, edited);
  const document = await makeDocument(manifest, manifest.mediaType);
  const references = tags.length === 0 ? [document.digest] : tags;
  for (const reference of references) await putDocument(reference, document, context);
  return document.digest;
}

/**
 * Checks tags before anything is sent.
 *
 * @throws {SyntaxError} if one is none.
 */
export function requireTags(tags: readonly string[]): void {
  const invalid = tags.find((tag) => !isTag(tag));
  if (invalid === undefined) return;
  throw new SyntaxError(`Cannot save as ${JSON.stringify(invalid)}: it is not a tag`);
}

/** Lines of `NAME=VALUE` as settings; a later one of the same name counts. */
function parseEnv(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => {
    const [name = "", ...value] = line.split("=");
    return [name, value.join("=")];
  }));
}
