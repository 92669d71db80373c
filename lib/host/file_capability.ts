/**
 * Capabilities of programs: the extended attribute `security.capability` (capabilities(7)). `node:fs` does not read attributes; Deno and
 * Bun can call the C library's function that does, Node cannot.
 */

import type { Bytes } from "../base/bytes.ts";
import type { PaxRecord } from "../tar/entry.ts";
import { decodeText } from "../tar/text.ts";
import { hostProcess } from "./builtin.ts";
import { runtime, runtimeApi } from "./runtime.ts";

/** Reads an attribute of a path into a buffer: its size, or -1. Texts end with NUL. */
type GetAttribute = (path: Bytes, name: Bytes, buffer: Bytes, size: number) => number;

interface Library {
  readonly symbols: { readonly getxattr: unknown; readonly lgetxattr: unknown };
}

/** `Deno.dlopen` and `Deno.permissions`. */
interface DenoForeign {
  dlopen(name: string, symbols: Readonly<Record<string, unknown>>): Library;
  readonly permissions: { querySync(query: { readonly name: "ffi" }): { readonly state: string } };
}

/** The module `bun:ffi`. */
interface BunForeign {
  dlopen(name: string, symbols: Readonly<Record<string, unknown>>): Library;
}

const NAME = "security.capability";
/** A structure of the kernel has 20 or 24 bytes (linux/capability.h). */
const buffer = /* @__PURE__ */ new Uint8Array(64);
const encoder = /* @__PURE__ */ new TextEncoder();
const attribute = /* @__PURE__ */ encoder.encode(`${NAME}\0`);

let functions: Readonly<Record<"getxattr" | "lgetxattr", GetAttribute>> | undefined | false;

/**
 * The capabilities of a program, as a record of its entry.
 *
 * @param follow Whether a symlink stands for what it points to.
 * @returns undefined where it has none, or this runtime cannot tell.
 */
export function readCapability(path: string, follow: boolean): PaxRecord | undefined {
  functions ??= loadFunctions() ?? false;
  if (functions === false) return undefined;
  const read = follow ? functions.getxattr : functions.lgetxattr;
  const size = read(encoder.encode(`${path}\0`), attribute, buffer, buffer.length);
  if (size <= 0) return undefined;
  return [`SCHILY.xattr.${NAME}`, decodeText(buffer, 0, size)];
}

function loadFunctions(): Exclude<typeof functions, false> {
  if (hostProcess?.platform !== "linux") return undefined;
  try {
    const library = runtime === "bun" ? openWithBun() : openWithDeno();
    return library?.symbols as Exclude<typeof functions, false>;
  } catch {
    // Another C library than the usual one, or none that is shared.
    return undefined;
  }
}

function openWithBun(): Library | undefined {
  const ffi = hostProcess?.getBuiltinModule?.("bun:ffi") as BunForeign | undefined;
  const signature = { args: ["ptr", "ptr", "ptr", "usize"], returns: "i32" };
  return ffi?.dlopen("libc.so.6", { getxattr: signature, lgetxattr: signature });
}

/** Without the permission Deno would ask the person for it. */
function openWithDeno(): Library | undefined {
  const deno = runtimeApi<DenoForeign>("Deno");
  if (deno?.permissions?.querySync({ name: "ffi" }).state !== "granted") return undefined;
  const signature = { parameters: ["buffer", "buffer", "buffer", "usize"], result: "i32" };
  return deno.dlopen?.("libc.so.6", { getxattr: signature, lgetxattr: signature });
}
