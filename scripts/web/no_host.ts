/**
 * Stands in for what is imported of `lib/host` while everything else is type-checked against the DOM library alone: its types are
 * Node's, which the web does not have. `scripts/web/config.json` maps its modules to this one.
 */

import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import type { NativeStream } from "../../lib/host/native_stream.ts";
import type { Host } from "../../lib/image/access/runtime_host.ts";

/** What is only exported again is there, and nothing else is said of it. */
type Unchecked = never;

export declare const addFiles: Unchecked;
export declare const addPlatformFiles: Unchecked;
export declare const nodeHost: Unchecked;
export declare const platformPath: Unchecked;
export declare const syncFiles: Unchecked;
export type AddFilesOptions = Unchecked;
export type SyncFilesOptions = Unchecked;
export type NodeHostOptions = Unchecked;
export type TlsOptions = Unchecked;
export type Environment = Unchecked;

export declare function defaultHost(): Promise<Host>;
export declare function withDefaultHost<Options>(options: Options): Promise<Options>;
export declare function toNativeBytes(bytes: Bytes): Uint8Array;
export declare function toNativeStream(source: ByteStream): NativeStream;
