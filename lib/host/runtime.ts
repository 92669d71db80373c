/** Detects the runtime, and gives its own API. */

import { hostProcess } from "./builtin.ts";

/** A runtime with Node's builtin modules. */
export type Runtime = "deno" | "bun" | "node";

const versions = hostProcess?.versions as Readonly<Record<string, string | undefined>> | undefined;

/** This runtime; undefined in browsers and Workers. Deno and Bun come first, since they report a version of Node too. */
export const runtime: Runtime | undefined = versions === undefined
  ? undefined
  : versions["deno"] !== undefined
  ? "deno"
  : versions["bun"] !== undefined
  ? "bun"
  : "node";

/** The global `Deno` or `Bun`, whose members depend on its version; undefined on any other runtime. */
export function runtimeApi<Api>(name: "Deno" | "Bun"): Partial<Api> | undefined {
  return (globalThis as Readonly<Record<string, unknown>>)[name] as Partial<Api> | undefined;
}
