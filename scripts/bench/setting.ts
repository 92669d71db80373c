/** What every benchmark is given. */

import type { Programs } from "./programs.ts";
import type { Registry, Server } from "./servers.ts";

/** Servers, programs and files, for as long as the benchmarks run. */
export interface Setting extends Programs {
  /** A folder that is removed in the end. */
  readonly folder: string;
  readonly registry: Server;
  /** The archive that goes on top, as a file's name. */
  readonly layer: string;
  /** Of that archive, about. */
  readonly megabytes: number;
  /** Turns of each contender. */
  readonly runs: number;
  /** Megabytes of the largest layer in the graph. */
  readonly largest: number;
  /** Of the largest layer whose memory is measured. */
  readonly gibibytes: number;
  /** Starts another registry, which stops in the end. */
  startRegistry(): Promise<Registry>;
  /** Removes all that the registries hold. */
  clearRegistries(): Promise<void>;
  /** Puts a small image into a repository of a registry, as the base of a turn. */
  prepare(address: string, repository: string): Promise<void>;
}

/** Bytes of the last layer of an image. */
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
