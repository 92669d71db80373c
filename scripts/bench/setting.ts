/** The setting of the benchmarks. */

import type { Programs } from "./programs.ts";
import type { Registry, Server } from "./servers.ts";

/** Servers, programs and files that exist while the benchmarks run. */
export interface Setting extends Programs {
  /** A folder that is removed at the end. */
  readonly folder: string;
  readonly registry: Server;
  /** The path of the archive that is appended. */
  readonly layer: string;
  /** The approximate size of that archive. */
  readonly megabytes: number;
  /** The number of turns of each contender. */
  readonly runs: number;
  /** Megabytes of the largest layer in the graph. */
  readonly largest: number;
  /** Gibibytes of the largest layer for which memory is measured. */
  readonly gibibytes: number;
  /** Starts another registry, which is stopped at the end. */
  startRegistry(): Promise<Registry>;
  /** Removes all content of the registries. */
  clearRegistries(): Promise<void>;
  /** Writes a small image to a repository, as the base of a turn. */
  prepare(address: string, repository: string): Promise<void>;
}

/** The size in bytes of the last layer of an image. */
export async function lastLayerSize(address: string, reference: string): Promise<number> {
  const [repository, tag] = reference.split(":");
  const response = await fetch(`http://${address}/v2/${repository}/manifests/${tag}`, {
    headers: {
      accept:
        "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json",
    },
  });
  const manifest = await response.json() as { readonly layers: { readonly size: number }[] };
  return manifest.layers.at(-1)?.size ?? NaN;
}
