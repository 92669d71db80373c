/**
 * Replaces the modules of `lib/host`, whose types need those of Node, while everything else is type-checked against the DOM library
 * alone. `scripts/web/config.json` maps them to this one.
 */

import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import type { NativeStream } from "../../lib/host/native_stream.ts";
import type { Host } from "../../lib/image/access/runtime_host.ts";

/** The type of names that are only re-exported. */
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
