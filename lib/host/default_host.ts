/** The default host of verbs: everything that Deno, Bun and Node offer, and nothing elsewhere. */

import type { Host } from "../image/access/runtime_host.ts";
import { hasBuiltins } from "./builtin.ts";
import type { NodeHostOptions } from "./node_host.ts";

/**
 * Makes a host of Deno, Bun or Node with other options than the default one: certificates, threads, sources of credentials.
 *
 * @example
 * ```ts
 * import { editImage } from "@x/appendlayer";
 * import { nodeHost } from "@x/appendlayer/host";
 *
 * const host = await nodeHost({ threads: 1 }); // or with `tls: { ca: ["-----BEGIN CERTIFICATE-----…"] }`
 * await editImage("scratch", "oci:host:7", { cmd: ["serve"], host });
 * ```
 * @throws {TypeError} if this runtime is none of them.
 */
export async function nodeHost(options: NodeHostOptions = {}): Promise<Host> {
  if (!hasBuiltins()) {
    throw new TypeError("Cannot make a host: this runtime is none of Deno, Bun and Node");
  }
  const create = await loadNodeHost();
  if (create === undefined) {
    throw new TypeError(
      "Cannot make a host: it was left out of this bundle, which is for browsers",
    );
  }
  return create(options);
}

/** Makes the default host of this runtime; an empty one if it has nothing but web standards. */
export async function defaultHost(): Promise<Host> {
  const create = hasBuiltins() ? await loadNodeHost() : undefined;
  return create === undefined ? {} : create();
}

/**
 * Loads the host at its first use, so that importing the library costs nothing. The npm package's `browser` field makes it an empty module
 * in bundles for browsers, which may run in a Worker that has Node's builtin modules.
 */
async function loadNodeHost(): Promise<((options?: NodeHostOptions) => Host) | undefined> {
  const module: Partial<typeof import("./node_host.ts")> = await import("./node_host.ts");
  return module.createNodeHost;
}

/** Adds this runtime's host to options that have none. */
export async function withDefaultHost<Options extends { readonly host?: Host | undefined }>(
  options: Options,
): Promise<Options> {
  // Options that are no object are refused by the verb.
  if (typeof options !== "object" || options === null) return options;
  return options.host === undefined ? { ...options, host: await defaultHost() } : options;
}
