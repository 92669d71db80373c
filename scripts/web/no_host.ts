/**
 * Stands in for `lib/host/install.ts` while everything but the host is type-checked against the DOM library alone:
 * `mod.ts` imports the host for its side effect only, so that Deno, Bun and Node get their fast paths without being asked.
 * Its types are Node's, which the web does not have. `scripts/web/config.json` maps the one import to this empty module.
 */

export {};
