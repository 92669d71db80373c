/** The seam to an engine on this machine: Docker, or Podman in Docker's manner. */

import type { Fetch } from "../base/fetch.ts";

/** A way to an engine. */
export interface EngineConnection {
  /** Where it is, for messages: `unix:///var/run/docker.sock`. */
  readonly address: string;
  /** What named it: `DOCKER_HOST`, a context, or that it is where engines usually are. */
  readonly from: string;
  /** The beginning of all URLs, without a slash at its end. */
  readonly url: string;
  /** Ends in the engine's socket. */
  readonly fetch: Fetch;
}

/**
 * Finds the engine of this machine.
 *
 * @throws {Error} that says where it was looked for, if there is none.
 */
export type FindEngine = () => Promise<EngineConnection>;
