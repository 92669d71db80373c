/** Copies blobs from one repository into another, each once. */

import { limitedStream } from "../../base/limited_stream.ts";
import type { Limiter } from "../../base/limiter.ts";
import { once } from "../../base/once.ts";
import { skipBytes } from "../../base/skip_bytes.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { isLayerForeign } from "../../oci/media_type.ts";
import type { Repository } from "../../storage/repository.ts";

/** Options of {@linkcode BlobCopier}. */
export interface BlobCopierOptions {
  readonly source: Repository;
  readonly target: Repository;
  /** Limits how many blobs are streamed at a time. */
  readonly limit: Limiter;
  readonly signal: AbortSignal;
  /**
   * Whether to send blobs that the target may have already.
   *
   * @default {false}
   */
  readonly force?: boolean | undefined;
  /** Called with the bytes of a blob that were copied so far. */
  readonly onProgress?: ((descriptor: Descriptor, bytes: number) => void) | undefined;
}

/**
 * Makes sure that the target has the blobs of the source's images. Within one repository nothing is done; between repositories of a
 * registry blobs are mounted; otherwise missing ones are streamed. Foreign layers are not copied.
 */
export class BlobCopier {
  readonly #options: BlobCopierOptions;
  readonly #copies = new Map<Digest, Promise<boolean>>();
  readonly #isSame: boolean;

  constructor(options: BlobCopierOptions) {
    this.#options = options;
    this.#isSame = options.target.isSame(options.source);
  }

  /**
   * Mounts or copies a blob, unless the target has it. A second call for the same blob waits for the first.
   *
   * @returns whether it was sent.
   */
  copy(descriptor: Descriptor): Promise<boolean> {
    if (this.#isSame || isLayerForeign(descriptor)) return Promise.resolve(false);
    return once(this.#copies, descriptor.digest, () => this.#mountOrCopy(descriptor));
  }

  /** Copies a blob if it is missing in the target after all: some registries lose blobs that they claim to have mounted. */
  async repair(descriptor: Descriptor): Promise<void> {
    const { target, signal } = this.#options;
    if (this.#isSame || isLayerForeign(descriptor)) return;
    if (!await target.hasBlob(descriptor.digest, { signal })) await this.#copy(descriptor);
  }

  /** Copies a blob that the target claims to have, but does not find when a manifest names it, as with Docker Hub. */
  async resend(descriptor: Descriptor): Promise<void> {
    if (this.#isSame || isLayerForeign(descriptor)) return;
    await this.#copy(descriptor, true);
  }

  async #mountOrCopy(descriptor: Descriptor): Promise<boolean> {
    const { source, target, signal, force = false } = this.#options;
    if (!force && await target.mountBlob(descriptor, source, { signal })) return false;
    return await this.#copy(descriptor);
  }

  async #copy(descriptor: Descriptor, force = this.#options.force ?? false): Promise<boolean> {
    const { source, target, limit, signal, onProgress } = this.#options;
    const { digest, size } = descriptor;
    const { uploaded } = await target.putBlob({
      digest,
      size,
      replayable: true,
      isChecked: true,
      open: (start = 0) => {
        // Before the limit lets it start, so that the total is known early.
        if (start === 0) onProgress?.(descriptor, 0);
        // Only the streams are limited: the questions for many blobs and sessions at once take one round trip instead of many.
        return limitedStream(limit, () => skipBytes(source.getBlob(descriptor, { signal }), start));
      },
    }, { signal, probe: !force, onProgress: (bytes) => onProgress?.(descriptor, bytes) });
    return uploaded;
  }
}
