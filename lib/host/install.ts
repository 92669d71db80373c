/**
 * What the library has of this room. Imported by `mod.ts`, it makes the node host the default, where there is one; in browsers and
 * Workers it has no effect.
 */

import { type Host, setDefaultHost } from "../image/access/host.ts";
import { setNativeTypes } from "../container_image_builder/native_types.ts";
import { hasBuiltins } from "./builtin.ts";
import { nodeTypes } from "./node_types.ts";
import type { NodeHostOptions } from "./node_host.ts";

export { addFiles, type AddFilesOptions } from "./files/add_files.ts";
export type { Environment } from "./credentials/auth_files.ts";
export type { NodeHostOptions } from "./node_host.ts";
export type { TlsOptions } from "./connection/tls_options.ts";

/**
 * Makes a host of Deno, Bun or Node that is not the usual one: with certificates or threads of its own, or credentials from elsewhere.
 *
 * @example
 * ```ts no-eval
 * import { inspectImage } from "../image/verbs/inspect.ts";
 *
 * const host = await nodeHost({ tls: { ca: [await Deno.readTextFile("ca.pem")] }, threads: 1 });
 * console.log(await inspectImage("registry.example.com/acme/app:1", { host }));
 * ```
 * @throws {TypeError} if this runtime is none of them.
 */
export async function nodeHost(options: NodeHostOptions = {}): Promise<Host> {
  if (!hasBuiltins()) {
    throw new TypeError("Cannot make a host: this runtime is none of Deno, Bun and Node");
  }
  // Loaded when the first verb is called, so that importing the library costs nothing.
  return (await import("./node_host.ts")).createNodeHost(options);
}

if (hasBuiltins()) {
  setNativeTypes(nodeTypes);
  setDefaultHost(nodeHost);
}
