/**
 * Reads extended attributes of files (xattr(7)). Only one of them is added to layers, the capabilities of programs: `security.capability`
 * (capabilities(7)). `node:fs` does not read attributes; Deno and Bun can call the C library's functions, Node cannot.
 */

import type { Bytes } from "../base/bytes.ts";
import type { PaxRecord } from "../tar/entry.ts";
import { decodeText } from "../tar/text.ts";
import { hostProcess } from "./builtin.ts";
import { runtime, runtimeApi } from "./runtime.ts";

/** Reads the names of a path's attributes into a buffer, each with a NUL at its end, and returns their size, or -1. */
type ListAttributes = (path: Bytes, buffer: Bytes, size: number) => number;
/** Reads an attribute of a path into a buffer, and returns its size, or -1. */
type GetAttribute = (path: Bytes, name: Bytes, buffer: Bytes, size: number) => number;

interface Functions {
  readonly listxattr: ListAttributes;
  readonly llistxattr: ListAttributes;
  readonly getxattr: GetAttribute;
  readonly lgetxattr: GetAttribute;
}

interface Library {
  readonly symbols: unknown;
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

const CAPABILITY = "security.capability";
/** The most bytes of names that the kernel lists (xattr(7)). */
const LONGEST_LIST = 65_536;
const encoder = /* @__PURE__ */ new TextEncoder();
const capability = /* @__PURE__ */ encoder.encode(`${CAPABILITY}\0`);

let functions: Functions | undefined | false;
let names: Bytes | undefined;

/**
 * The names of the extended attributes of a file.
 *
 * @param follow Whether to follow a symlink.
 * @returns none if this runtime cannot read them.
 */
export function listAttributes(path: string, follow: boolean): readonly string[] {
  functions ??= loadFunctions() ?? false;
  if (functions === false) return [];
  names ??= new Uint8Array(LONGEST_LIST);
  const list = follow ? functions.listxattr : functions.llistxattr;
  const size = list(encoder.encode(`${path}\0`), names, names.length);
  return size <= 0 ? [] : decodeText(names, 0, size - 1).split("\0");
}

/** The capabilities of a program, as a record of its entry; undefined if it has none, or this runtime cannot read them. */
export function readCapability(path: string, follow: boolean): PaxRecord | undefined {
  functions ??= loadFunctions() ?? false;
  if (functions === false) return undefined;
  // A structure of the kernel has 20 or 24 bytes (linux/capability.h).
  const buffer = new Uint8Array(64);
  const read = follow ? functions.getxattr : functions.lgetxattr;
  const size = read(encoder.encode(`${path}\0`), capability, buffer, buffer.length);
  return size <= 0 ? undefined : [`SCHILY.xattr.${CAPABILITY}`, decodeText(buffer, 0, size)];
}

/**
 * Whether leaving an attribute out loses something: the system's own labels belong to the directory, and capabilities of programs are added
 * to the layer.
 */
export function isLost(name: string): boolean {
  return !name.startsWith("security.") && !name.startsWith("trusted.");
}

function loadFunctions(): Functions | undefined {
  if (hostProcess?.platform !== "linux") return undefined;
  try {
    const library = runtime === "bun" ? openWithBun() : openWithDeno();
    return library?.symbols as Functions | undefined;
  } catch {
    // The C library is another one than expected, or is not shared.
    return undefined;
  }
}

function openWithBun(): Library | undefined {
  const ffi = hostProcess?.getBuiltinModule?.("bun:ffi") as BunForeign | undefined;
  const list = { args: ["ptr", "ptr", "usize"], returns: "i32" };
  const get = { args: ["ptr", "ptr", "ptr", "usize"], returns: "i32" };
  return ffi?.dlopen("libc.so.6", functionsOf(list, get));
}

/** Only with the permission: otherwise Deno would ask the user for it. */
function openWithDeno(): Library | undefined {
  const deno = runtimeApi<DenoForeign>("Deno");
  if (deno?.permissions?.querySync({ name: "ffi" }).state !== "granted") return undefined;
  const list = { parameters: ["buffer", "buffer", "usize"], result: "i32" };
  const get = { parameters: ["buffer", "buffer", "buffer", "usize"], result: "i32" };
  return deno.dlopen?.("libc.so.6", functionsOf(list, get));
}

function functionsOf(list: unknown, get: unknown): Readonly<Record<keyof Functions, unknown>> {
  return { listxattr: list, llistxattr: list, getxattr: get, lgetxattr: get };
}
