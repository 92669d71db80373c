/**
 * Stands in for `lib/host/install.ts` while everything but the host is type-checked against the DOM library alone: its types are Node's,
 * which the web does not have. `scripts/web/config.json` maps the one import to this module.
 */

/** What is imported from there is there, and nothing else is said of it. */
type Unchecked = never;

export declare const addFiles: Unchecked;
export declare const nodeHost: Unchecked;
export type AddFilesOptions = Unchecked;
export type Environment = Unchecked;
export type NodeHostOptions = Unchecked;
export type TlsOptions = Unchecked;
