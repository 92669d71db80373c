/** The host that a verb has when its caller gives none: everything that Deno, Bun and Node offer, and nothing elsewhere. */

import type { Host } from "../image/access/runtime_host.ts";
import { hasBuiltins } from "./builtin.ts";
import type { NodeHostOptions } from "./node_host.ts";

/**
 * Makes a host of Deno, Bun or Node that is not the usual one: with certificates or threads of its own, or credentials from elsewhere.
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

/** Makes the usual host of this runtime; an empty one where there is nothing but web standards. */
export async function defaultHost(): Promise<Host> {
  const create = hasBuiltins() ? await loadNodeHost() : undefined;
  return create === undefined ? {} : create();
}

/**
 * Loaded when it is first needed, so that importing the library costs nothing. The npm package's `browser` field makes it an empty
 * module in bundles for browsers; those may run in a Worker that has Node's builtin modules.
 */
async function loadNodeHost(): Promise<((options?: NodeHostOptions) => Host) | undefined> {
  const module: Partial<typeof import("./node_host.ts")> = await import("./node_host.ts");
  return module.createNodeHost;
}

/** Options with a host: their own, else this runtime's. */
export async function withDefaultHost<Options extends { readonly host?: Host | undefined }>(
  options: Options,
): Promise<Options> {
  // What is no object is refused by the verb.
  if (typeof options !== "object" || options === null) return options;
  return options.host === undefined ? { ...options, host: await defaultHost() } : options;
}
