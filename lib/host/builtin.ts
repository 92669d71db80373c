/**
 * The only access to the builtin modules of Deno, Bun and Node. It uses neither a static nor a dynamic `import "node:…"`, so that the
 * library can be bundled for browsers and Workers, where nothing here is ever called.
 */

/** The builtin modules that this project uses. */
export interface Builtins {
  readonly "node:buffer": typeof import("node:buffer");
  readonly "node:child_process": typeof import("node:child_process");
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:fs": typeof import("node:fs");
  readonly "node:http": typeof import("node:http");
  readonly "node:https": typeof import("node:https");
  readonly "node:net": typeof import("node:net");
  readonly "node:os": typeof import("node:os");
  readonly "node:path": typeof import("node:path");
  readonly "node:stream": typeof import("node:stream");
  readonly "node:tls": typeof import("node:tls");
  readonly "node:tty": typeof import("node:tty");
  readonly "node:url": typeof import("node:url");
  readonly "node:worker_threads": typeof import("node:worker_threads");
  readonly "node:zlib": typeof import("node:zlib");
}

/** The runtime's `process`; undefined in a browser or a Worker. */
export const hostProcess: NodeJS.Process | undefined =
  (globalThis as { readonly process?: NodeJS.Process }).process;

/** Whether this runtime has Node's builtin modules. */
export function hasBuiltins(): boolean {
  return typeof hostProcess?.getBuiltinModule === "function";
}

/** Loaded modules: the runtime takes a microsecond or two to find one again, which a walk needs for each file. */
const modules = new Map<keyof Builtins, unknown>();

/**
 * Returns a builtin module.
 *
 * @throws {TypeError} if this runtime has none: a browser, a Worker, or Node before 20.16.
 */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  const loaded = modules.get(name);
  if (loaded !== undefined) return loaded as Builtins[Name];
  const module: unknown = hostProcess?.getBuiltinModule?.(name);
  modules.set(name, module);
  if (module === undefined) {
    throw new TypeError(
      `Cannot load "${name}": this runtime has no builtin modules (Deno, Bun, or Node 20.16 and later have)`,
    );
  }
  return module as Builtins[Name];
}
