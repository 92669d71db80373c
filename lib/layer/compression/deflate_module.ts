/** The compiled kernel of {@linkcode Deflater}. */

import { decodeBase64 } from "../../base/base64.ts";
import { DEFLATE_KERNEL } from "./deflate_kernel.ts";

let compiled: WebAssembly.Module | undefined;

/**
 * Compiles the kernel, once for all threads, so that they share the optimized code. It takes a millisecond or two.
 *
 * @throws {WebAssembly.CompileError} where WebAssembly must not be compiled while a request is served, as on workerd.
 */
export function deflateModule(): WebAssembly.Module {
  return compiled ??= new WebAssembly.Module(decodeBase64(DEFLATE_KERNEL));
}
