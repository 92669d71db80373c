/** SHA-256's compression function in WebAssembly: `scripts/kernels/sha256`. */

import { decodeBase64 } from "../base64.ts";
import type { Bytes } from "../bytes.ts";
import type { Sha256Engine } from "./sha256_engine.ts";
import { SHA256_KERNEL } from "./sha256_kernel.ts";

/** The exports of the WebAssembly module. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  stateAddress(): number;
  inputAddress(): number;
  hashBlocks(count: number): void;
}

const BLOCK_SIZE = 64;
/** Bytes that are copied into the kernel's memory at a time: those that fit beside the tables into its two pages. */
const PART_SIZE = 64 * 1024;

/** The one WebAssembly instance, which all hashes share: each further one would reserve gigabytes of address space. */
interface Shared {
  readonly kernel: Kernel;
  readonly state: Int32Array;
  readonly input: Bytes;
}

let shared: Shared | "refused" | undefined;

function instantiate(): Shared | "refused" {
  try {
    const { exports } = new WebAssembly.Instance(
      new WebAssembly.Module(decodeBase64(SHA256_KERNEL)),
    );
    const kernel = exports as unknown as Kernel;
    const buffer = kernel.memory.buffer as ArrayBuffer;
    return {
      kernel,
      state: new Int32Array(buffer, kernel.stateAddress(), 8),
      input: new Uint8Array(buffer, kernel.inputAddress(), PART_SIZE),
    };
  } catch {
    return "refused";
  }
}

/** Makes the compression function in WebAssembly, with the state of a new hash; undefined if WebAssembly must not be compiled, as on workerd. */
export function createWasmSha256(): Sha256Engine | undefined {
  shared ??= instantiate();
  if (shared === "refused") return undefined;
  const { kernel, input, state: kernelState } = shared;
  const state = new Int32Array(8);
  return {
    state,
    hashBlocks(bytes: Bytes, start: number, end: number): void {
      kernelState.set(state);
      for (let offset = start; offset < end; offset += PART_SIZE) {
        const part = bytes.subarray(offset, Math.min(offset + PART_SIZE, end));
        input.set(part);
        kernel.hashBlocks(part.length / BLOCK_SIZE);
      }
      state.set(kernelState);
    },
  };
}
