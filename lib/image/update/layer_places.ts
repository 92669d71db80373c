/** Puts layers into many repositories: each is sent once to every registry, and mounted into its other repositories. */

import { abortable } from "../../base/abortable.ts";
import { expectLater } from "../../base/expect_later.ts";
import type { Limiter } from "../../base/limiter.ts";
import type { BlobSource } from "../../storage/blob_source.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Repository } from "../../storage/repository.ts";
import type { Transfer } from "../../storage/transfer.ts";

/** Options of {@linkcode LayerPlaces}. */
export interface LayerPlacesOptions {
  /** Ends uploads; that of the batch, since images share them. */
  readonly signal: AbortSignal;
  /** Limits how many layers are sent at a time. */
  readonly limit: Limiter;
  /** Counts what a dry run would do. */
  readonly transfer: Transfer;
  /** Whether nothing is sent. */
  readonly dryRun: boolean;
}

/** A layer whose digest and size are known, and that can be read again. */
export interface KnownLayer extends Pick<BlobSource, "open"> {
  readonly digest: Digest;
  readonly size: number;
}

/** A repository that has a layer, or is being sent it. */
interface Place {
  readonly repository: Repository;
  readonly stored: Promise<unknown>;
}

/** Remembers which repositories have which layers. */
export class LayerPlaces {
  readonly #options: LayerPlacesOptions;
  /** For each layer and repository, whether the layer was sent there. */
  readonly #stored = new Map<Digest, Map<string, Promise<boolean>>>();
  /** For each layer, the first repository of each registry that has it. */
  readonly #first = new Map<Digest, Place[]>();

  constructor(options: LayerPlacesOptions) {
    this.#options = options;
  }

  /**
   * Makes sure that a repository has a layer. An upload that is under way is waited for.
   *
   * @param signal Ends the waiting, but not the upload, for which others may wait.
   * @returns whether this call has sent it.
   */
  async put(layer: KnownLayer, repository: Repository, signal: AbortSignal): Promise<boolean> {
    const places = this.#stored.get(layer.digest) ?? new Map<string, Promise<boolean>>();
    this.#stored.set(layer.digest, places);
    const known = places.get(repository.name);
    if (known !== undefined) {
      try {
        await abortable(known, signal);
        return false;
      } catch {
        // The image that started the upload reports the failure.
        signal.throwIfAborted();
      }
    }
    const again = places.get(repository.name);
    if (again !== undefined) {
      await abortable(again, signal);
      return false;
    }
    const stored = expectLater(this.#mountOrSend(layer, repository));
    places.set(repository.name, stored);
    expectLater(stored.catch(() => places.delete(repository.name)));
    return await abortable(stored, signal);
  }

  async #mountOrSend(layer: KnownLayer, repository: Repository): Promise<boolean> {
    const { signal, dryRun, transfer } = this.#options;
    const all = this.#first.get(layer.digest) ?? [];
    this.#first.set(layer.digest, all);
    while (true) {
      const first = all.find((place) => repository.canMount(place.repository));
      if (first === undefined) {
        const stored = expectLater(this.#send(layer, repository));
        const place = { repository, stored };
        all.push(place);
        stored.catch(() => all.splice(all.indexOf(place), 1));
        return await stored;
      }
      try {
        await first.stored;
      } catch {
        // The image that started the upload reports the failure. This one may have other rights.
        signal.throwIfAborted();
        continue;
      }
      if (dryRun) {
        transfer.blobsMounted++;
        transfer.requests++;
        return false;
      }
      if (await repository.mountBlob(layer, first.repository, { signal })) return false;
      return await this.#send(layer, repository);
    }
  }

  async #send(layer: KnownLayer, repository: Repository): Promise<boolean> {
    const { signal, limit, dryRun, transfer } = this.#options;
    if (dryRun) {
      const isThere = await repository.hasBlob(layer.digest, { signal });
      if (isThere) transfer.blobsSkipped++;
      else {
        transfer.bytesUploaded += layer.size;
        // Two requests with the question above, which stands for that of the session.
        transfer.requests += 2;
      }
      return !isThere;
    }
    const source = { ...layer, replayable: true };
    return (await limit(() => repository.putBlob(source, { signal }))).uploaded;
  }
}
