/** The one way in which images are made here: what append and edit have in common. */

import { runTasks } from "../../base/task_group.ts";
import { type Compression, COMPRESSIONS } from "../../layer/compression/codec.ts";
import { type LayerInput, openableInput } from "../../layer/layer_input.ts";
import { checkConfigEdit, type ConfigEdit } from "../../oci/config_edit.ts";
import type { Digest } from "../../oci/digest.ts";
import { requireDate, requireTextMap } from "../../oci/edit_values.ts";
import { locationReference, parseLocation } from "../../storage/location.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { type Access, type AccessOptions, withAccess } from "../access/access.ts";
import { type ConfigUpload, startConfigUpload } from "../build/config_upload.ts";
import { alignWithBase } from "../build/align_with_base.ts";
import { type ImageResult, imageResult } from "./image_result.ts";
import { openSourceAndTarget } from "./open_source_and_target.ts";
import { updateImage } from "../build/update_image.ts";
import type { BuildContext } from "../build/update_manifest.ts";
import { selectImages } from "../index/select_images.ts";
import { storeLayer } from "../build/store_layer.ts";
import { parseTarget, putTags } from "./target.ts";

/** What to make of the base: options of every verb that makes an image. */
export interface ChangeOptions extends ConfigEdit, AccessOptions {
  /**
   * Images of an index to change and keep, as `OS/ARCH[/VARIANT]`. A single one comes out without an index. For `scratch`, what
   * the new image is for.
   *
   * @default all
   */
  readonly platforms?: readonly string[] | undefined;
  /** Further tags for the result, beside the target's. */
  readonly tags?: readonly string[] | undefined;
  /**
   * When the image is said to be made.
   *
   * @default now
   */
  readonly created?: Date | undefined;
  /** Who is said to have made it. */
  readonly author?: string | undefined;
  /** Annotations of the manifests and of the index, unless that is Docker's, to set; null takes one out. */
  readonly annotations?: Readonly<Record<string, string | null>> | undefined;
  /**
   * Read and plan, and send nothing: the result tells what would be sent.
   *
   * @default {false}
   */
  readonly dryRun?: boolean | undefined;
}

/** Layers and how they are packed. */
export interface LayerOptions {
  /** From the lowest up. */
  readonly layers: readonly LayerInput[];
  /**
   * How the new layers are compressed. "keep" sends compressed input as it came and compresses plain input with gzip.
   *
   * @default {"keep"}
   */
  readonly compression?: Compression | "keep" | undefined;
  /**
   * gzip 1 to 9, zstd 1 to 22.
   *
   * @default the codec's own
   */
  readonly compressionLevel?: number | undefined;
  /**
   * Whether the base's layers are read, nothing of them being kept, so that the new ones fit onto them: a directory above an entry gets
   * the mode and owner that it has in the base, and links of the base are followed. Without, engines that unpack each layer by itself
   * (Docker's overlay2, Podman, CRI-O) make such a directory root's, with mode 0755, and put directories in the place of links. Of an
   * index, the first image counts.
   *
   * @default {false}
   */
  readonly readBase?: boolean | undefined;
  /** A comment for the layers' history entries. */
  readonly comment?: string | undefined;
  /**
   * How the layers' history entries say that they came about.
   *
   * @default {"appendlayer"}
   */
  readonly createdBy?: string | undefined;
}

/** Makes a changed image of a base and gives it the target's tags. */
export async function changeImage(
  baseText: string,
  targetText: string,
  options: ChangeOptions & LayerOptions,
): Promise<ImageResult> {
  const from = parseLocation(baseText);
  const to = parseTarget(targetText, options.tags);
  const platforms = (options.platforms ?? []).map(parsePlatform);
  // What no config can hold is refused before anything is read or sent.
  checkConfigEdit(options);
  requireTextMap("annotations", options.annotations);
  requireDate("created", options.created);
  requireCompression(options.compression);
  for (const layer of options.layers) openableInput(layer);

  const change = (access: Access): Promise<ImageResult> =>
    runTasks(options.signal, async (group) => {
      const copy = await openSourceAndTarget(from, to, { ...options, platforms, access, group });
      const { source, target: repository } = copy;
      // The first config's upload session is asked for beside the manifest; further configs get theirs as they come up.
      let early: ConfigUpload | undefined = beginConfig();
      const packed: Promise<Digest>[] = [];
      const base = group.start(async () => {
        const { signal } = group;
        const found = await source.getManifest(locationReference(from), { signal });
        return await selectImages(found, platforms, copy);
      });
      const fit = options.readBase === true
        ? alignWithBase(base, { ...options, source, codec: access.codec, group })
        : undefined;
      const layers = Promise.all(
        options.layers.map((input, index) => {
          let onPacked: ((diffId: Digest) => void) | undefined;
          packed.push(new Promise((resolve) => onPacked = resolve));
          return group.start(() =>
            storeLayer(input, {
              ...options,
              repository,
              access,
              group,
              index,
              fit: fit?.(),
              name: options.layers.length === 1 ? undefined : `layer ${index + 1}`,
              onPacked,
            })
          );
        }),
      );
      // A layer that fails is never packed.
      const diffIds = Promise.race([
        Promise.all(packed),
        layers.then((stored) => stored.map(({ diffId }) => diffId)),
      ]);
      // Awaited below; until then a failure must not count as unhandled.
      layers.catch(() => {});
      diffIds.catch(() => {});
      function beginConfig(): ConfigUpload {
        // A config with the time of this moment is new. One that is dated may be a repetition, where all layers were there.
        const probe = async (): Promise<boolean> =>
          options.created !== undefined && (await layers).every(({ uploaded }) => !uploaded);
        return startConfigUpload(repository, group, { probe });
      }

      const context: BuildContext = {
        ...copy,
        layers,
        diffIds,
        uploadConfig(): ConfigUpload {
          const upload = early ?? beginConfig();
          early = undefined;
          return upload;
        },
        warn: access.warn,
        change: {
          ...options,
          created: options.created ?? new Date(),
          createdBy: options.createdBy ?? "appendlayer",
        },
      };
      const { document, images } = await updateImage(await base, platforms, context);
      await putTags(to, document, context);
      const { dryRun } = options;
      return imageResult({ to, document, images, layers: await layers, access, dryRun });
    });
  return await withAccess(options, change);
}

function requireCompression(compression: Compression | "keep" | undefined): void {
  if (compression === undefined || compression === "keep") return;
  if (COMPRESSIONS.includes(compression)) return;
  throw new TypeError(
    `Cannot compress with ${JSON.stringify(compression)}: expected ${
      COMPRESSIONS.join(", ")
    } or keep`,
  );
}
