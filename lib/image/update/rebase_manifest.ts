/** Rebases images onto another base. */

import type { Document } from "../../oci/blob_reference.ts";
import { type BasePair, basePairEdit } from "../../oci/base_pair.ts";
import { contradictionOf } from "../../oci/check_image.ts";
import { configPlatform, emptyConfig, type ImageConfig } from "../../oci/config.ts";
import type { Digest } from "../../oci/digest.ts";
import { makeDocument } from "../../oci/document.ts";
import { formatJson, type JsonObject } from "../../oci/json.ts";
import { convertManifestToOci, type Manifest } from "../../oci/manifest.ts";
import { configMediaType, familyOf, manifestMediaType } from "../../oci/media_type.ts";
import { editMap, type MapEdit, setFields } from "../../oci/patch.ts";
import type { Platform } from "../../oci/platform.ts";
import { mergeMaps, rebaseConfig } from "../../oci/rebase_config.ts";
import type { Location } from "../../storage/location.ts";
import type { Access } from "../access/access.ts";
import type { CopyContext } from "../transfer/copy_context.ts";
import { editLabels } from "./change_config.ts";
import { startConfigUpload } from "./config_upload.ts";
import { readImageFor } from "../bases/image_for.ts";
import { noImage, readOldBase } from "../bases/old_base.ts";
import { readConfig } from "../bases/read_config.ts";
import type { UpdatedManifest } from "./update_manifest.ts";

/** The layers of the empty image. */
const NO_LAYERS: Pick<Manifest, "layers"> = { layers: [] };

/** Options of {@linkcode Rebase}. */
export interface RebaseContext {
  readonly access: Access;
  /** Copies from the image's repository to the target. */
  readonly copy: CopyContext;
  /** Copies from the new base's repository to the target. */
  readonly ontoCopy: CopyContext;
  /** The new base; undefined for the empty image. */
  readonly onto: Digest | undefined;
  /** What messages call the new base. */
  readonly ontoName: string;
  /** The old base; undefined for the one that the image names. */
  readonly old: Location | undefined;
  readonly change: {
    readonly created: Date;
    readonly author?: string | undefined;
    readonly annotations?: MapEdit | undefined;
    /** The pair that names the new base; undefined removes the old one's, and "keep" keeps it. */
    readonly pair: BasePair | undefined | "keep";
  };
}

/** Rebases images, one after the other. */
export class Rebase {
  readonly #context: RebaseContext;
  #madeOci = false;

  constructor(context: RebaseContext) {
    this.#context = context;
  }

  /** Whether an image with Docker's media types has become an OCI image. */
  get madeOci(): boolean {
    return this.#madeOci;
  }

  /** Annotations to set, with those that were merged. */
  annotations(merged: JsonObject | undefined): MapEdit {
    const { pair, annotations } = this.#context.change;
    return {
      ...merged as MapEdit | undefined,
      ...pair === "keep" ? {} : basePairEdit(pair),
      ...annotations,
    };
  }

  /**
   * Rebases one image. When this settles, its config and layers are in the target.
   *
   * @throws {RangeError} if the first layers are not those of the old base, or either base has no image for its platform.
   * @throws {SyntaxError} if the image does not name its old base, or a document is invalid.
   */
  async update(document: Document, manifest: Manifest): Promise<UpdatedManifest> {
    const { access, copy, ontoCopy, change } = this.#context;
    const { source, target, group } = copy;
    const { signal, start } = group;
    const image = await readConfig(source, manifest.config, signal);
    const platform = configPlatform(image);
    const what = `Cannot rebase "${document.digest}" of ${source.name}`;
    const [old, onto] = await Promise.all([
      readOldBase(what, { manifest, config: image }, this.#context),
      this.#readOnto(what, platform),
    ]);
    const contradiction = contradictionOf(manifest, image) ??
      contradictionOf(onto.manifest ?? NO_LAYERS, onto.config);
    if (contradiction !== undefined) throw new SyntaxError(`${what}: ${contradiction}`);
    const { config, conflicts } = rebaseConfig(
      { image, old: old.config, onto: onto.config },
      change.created,
    );
    for (const { field } of conflicts) {
      access.warn({
        code: "settings-differ",
        message:
          `${field} is set in three ways, by the image, its old base and its new one: the image\'s stays`,
      });
    }
    const isDocker = [manifest, onto.manifest ?? manifest].every(({ mediaType }) =>
      familyOf(mediaType ?? "") === "docker"
    );
    const family = isDocker ? "docker" : "oci";
    if (!isDocker && familyOf(manifest.mediaType ?? "") === "docker") this.#madeOci = true;
    const convert = isDocker ? (same: Manifest): Manifest => same : convertManifestToOci;
    const upper = convert(manifest);
    const lower = onto.manifest === undefined ? NO_LAYERS : convert(onto.manifest);
    const own = upper.layers.slice(old.config.rootfs.diff_ids.length);
    const annotations = this.annotations(mergeMaps("annotations", {
      image: manifest.annotations,
      old: old.manifest?.annotations,
      onto: onto.manifest?.annotations,
    }, []));
    const authored = change.author === undefined
      ? config
      : setFields(config, { author: change.author });
    const named = isDocker ? editLabels(authored, annotations) : authored;
    const upload = startConfigUpload(target, group, { probe: true });
    const [stored] = await Promise.all([
      upload.send(formatJson(named)),
      ...own.map((layer) => start(() => copy.copier.copy(layer))),
      ...lower.layers.map((layer) => start(() => ontoCopy.copier.copy(layer))),
    ]);
    const { data: _data, urls: _urls, ...descriptor } = upper.config;
    const changed = setFields(upper, {
      config: {
        ...descriptor,
        mediaType: configMediaType(family),
        digest: stored.digest,
        size: stored.size,
      },
      layers: [...lower.layers, ...own],
      annotations: editMap(
        isDocker ? manifest.annotations : {},
        isDocker ? change.annotations ?? {} : annotations,
      ),
    });
    const made = await makeDocument(changed, manifestMediaType(family));
    return { document: made, config: named, isUnchanged: false };
  }

  async #readOnto(
    what: string,
    platform: Platform | undefined,
  ): Promise<{ readonly manifest?: Manifest; readonly config: ImageConfig }> {
    const { onto, ontoName, ontoCopy: { source, group: { signal } } } = this.#context;
    if (onto === undefined) {
      if (platform === undefined) throw noImage(what, platform, "scratch");
      return { config: emptyConfig(platform) };
    }
    const found = await readImageFor(platform, onto, { source, signal });
    if (found === undefined) throw noImage(what, platform, `"${ontoName}"`);
    return found;
  }
}
