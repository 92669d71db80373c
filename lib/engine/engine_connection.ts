/** The seam to an engine on this machine: Docker, or Podman with Docker's API. */

import type { Fetch } from "../base/fetch.ts";

/** A connection to an engine. */
export interface EngineConnection {
  /** The engine's address, for messages: `unix:///var/run/docker.sock`. */
  readonly address: string;
  /** What named the address: `DOCKER_HOST`, a context, or that it is the usual one. */
  readonly from: string;
  /** The beginning of all URLs, without a trailing slash. */
  readonly url: string;
  /** Sends requests to the engine's socket. */
  readonly fetch: Fetch;
}

/**
 * Finds the engine of this machine.
 *
 * @throws {Error} if there is none; the message lists where it was searched for.
 */
export type FindEngine = () => Promise<EngineConnection>;
