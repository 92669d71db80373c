/**
 * Loaded before a program that is traced: tells on standard error how many milliseconds each WebAssembly module takes to compile. Not
 * TypeScript, since Node 20 and executables made with Bun load it as it is.
 */

import { writeSync } from "node:fs";

WebAssembly.Module = new Proxy(WebAssembly.Module, {
  // deno-lint-ignore explicit-function-return-type -- it is no TypeScript
  construct(Module, args) {
    const start = performance.now();
    const module = new Module(...args);
    writeSync(2, `module ${(performance.now() - start).toFixed(1)}\n`);
    return module;
  },
});
