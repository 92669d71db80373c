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
  /** Limits the blobs that are streamed at a time. */
  readonly limit: Limiter;
  readonly signal: AbortSignal;
  /**
   * Whether to send what the target may have already.
   *
   * @default {false}
   */
  readonly force?: boolean | undefined;
  /** Called with the bytes of a blob that were copied so far. */
  readonly onProgress?: ((descriptor: Descriptor, bytes: number) => void) | undefined;
}

/**
 * Makes sure that the target has what an image of the source consists of. Within one repository nothing is asked or moved; between
 * repositories of a registry blobs are mounted; else they are streamed across if they are missing. Foreign layers stay where they are.
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
   * Mounts or copies a blob, unless the target has it; a second call for the same blob waits for the first.
   *
   * @returns whether it was sent.
   */
  copy(descriptor: Descriptor): Promise<boolean> {
    if (this.#isSame || isLayerForeign(descriptor)) return Promise.resolve(false);
    return once(this.#copies, descriptor.digest, () => this.#mountOrCopy(descriptor));
  }

  /** Copies a blob that should be in the target and is not, as where a registry forgets what it said to have mounted. */
  async repair(descriptor: Descriptor): Promise<void> {
    const { target, signal } = this.#options;
    if (this.#isSame || isLayerForeign(descriptor)) return;
    if (!await target.hasBlob(descriptor.digest, { signal })) await this.#copy(descriptor);
  }

  /** Copies a blob that the target says to have, and yet misses in a manifest, as Docker Hub does. */
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
        // It has no turn yet, but all that is to be copied is known early.
        if (start === 0) onProgress?.(descriptor, 0);
        // Only streams are limited: to ask for many blobs and sessions at once takes one round trip instead of many.
        return limitedStream(limit, () => skipBytes(source.getBlob(descriptor, { signal }), start));
      },
    }, { signal, probe: !force, onProgress: (bytes) => onProgress?.(descriptor, bytes) });
    return uploaded;
  }
}
