/** The compiled kernel of {@linkcode Deflater}. */

import { decodeBase64 } from "../../base/base64.ts";
import { DEFLATE_KERNEL } from "./deflate_kernel.ts";

let compiled: WebAssembly.Module | undefined;

/**
 * The compiled kernel: once for all threads, so that what one of them has optimized serves the others. It takes a millisecond or two.
 *
 * @throws {WebAssembly.CompileError} where WebAssembly must not be compiled while a request is served, as on workerd.
 */
export function deflateModule(): WebAssembly.Module {
  return compiled ??= new WebAssembly.Module(decodeBase64(DEFLATE_KERNEL));
}
