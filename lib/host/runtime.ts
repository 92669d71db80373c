/** Which runtime this is, and its own calls. */

import { hostProcess } from "./builtin.ts";

/** A runtime with Node's builtin modules. */
export type Runtime = "deno" | "bun" | "node";

const versions = hostProcess?.versions as Readonly<Record<string, string | undefined>> | undefined;

/** The runtime that this is: Deno and Bun tell a version of Node too. Undefined in browsers and Workers. */
export const runtime: Runtime | undefined = versions === undefined
  ? undefined
  : versions["deno"] !== undefined
  ? "deno"
  : versions["bun"] !== undefined
  ? "bun"
  : "node";

/** What Deno or Bun offers beside `node:`, as far as this version of it has it; undefined on any other runtime. */
export function runtimeApi<Api>(name: "Deno" | "Bun"): Partial<Api> | undefined {
  return (globalThis as Readonly<Record<string, unknown>>)[name] as Partial<Api> | undefined;
}
