/**
 * What a runtime offers beyond web standards: the host of Deno, Bun and Node, with options, and the interfaces of a host's parts, for
 * programs that implement their own.
 *
 * @module
 */

export type { ArchiveFiles, PendingArchive, SeekableFile } from "../archive/archive_files.ts";
export { webArchives, type WebArchivesOptions } from "../archive/web_archives.ts";
export type { Fetch } from "../base/fetch.ts";
export type { EngineConnection, FindEngine } from "../engine/engine_connection.ts";
export type { CreateHasher, Hasher } from "../base/hash/hasher.ts";
export type { TlsOptions } from "../host/connection/tls_options.ts";
export type { Environment } from "../host/credentials/auth_files.ts";
export { nodeHost } from "../host/default_host.ts";
export type { NodeHostOptions } from "../host/node_host.ts";
export type { Host } from "../image/access/runtime_host.ts";
export type { Codec, CompressOptions, PartCompressor } from "../layer/compression/codec.ts";
export type { Ignore, IgnoreMatch } from "../layer/files/ignore.ts";
export type { LocalFiles, WalkOptions } from "../layer/files/local_files.ts";
export type { SourceFile } from "../layer/files/source_file.ts";
export type { Directory, OpenDirectory, PendingFile } from "../layout/directory.ts";
export type { CacheStore } from "../storage/cache_store.ts";
export type { CreateSpool, Spool } from "../storage/spool.ts";
