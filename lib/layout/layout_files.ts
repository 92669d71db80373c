/** The files of an OCI image layout: its version, its index, its blobs (OCI image spec 1.1, image-layout.md). */

import type { Bytes } from "../base/bytes.ts";
import { collectBytes } from "../base/collect.ts";
import { type Digest, parseDigest } from "../oci/digest.ts";
import { formatJson, parseJson } from "../oci/json.ts";
import { NotFoundError } from "../storage/not_found_error.ts";
import type { Transfer } from "../storage/transfer.ts";
import type { Directory } from "./directory.ts";
import {
  EMPTY_LAYOUT_INDEX,
  formatLayoutIndex,
  type LayoutIndex,
  parseLayoutIndex,
} from "./layout_index.ts";

const VERSION_FILE = "oci-layout";
const VERSION = "1.0.0";
const INDEX_FILE = "index.json";
const MAX_DOCUMENT_SIZE = 4 * 1024 * 1024;
const MAX_INDEX_SIZE = 64 * 1024 * 1024;

/** Reads and writes the files of one layout, and counts what is written. */
export class LayoutFiles {
  /** What messages call the layout: `oci:DIR`. */
  readonly name: string;
  readonly #directory: Directory;
  readonly #transfer: Transfer | undefined;

  constructor(
    directory: Directory,
    transfer: Transfer | undefined,
    name: string = `oci:${directory.name}`,
  ) {
    this.name = name;
    this.#directory = directory;
    this.#transfer = transfer;
  }

  /**
   * Reads the index.
   *
   * @throws {NotFoundError} if there is no layout.
   */
  async readIndex(): Promise<LayoutIndex> {
    const index = await this.findIndex();
    if (index !== undefined) return index;
    throw new NotFoundError(`Cannot read "${this.name}": there is no OCI image layout`);
  }

  /**
   * Reads the index; undefined if there is no layout.
   *
   * @throws {SyntaxError} if it is no index, or the layout's version is unknown.
   */
  async findIndex(): Promise<LayoutIndex | undefined> {
    const bytes = await this.#read(INDEX_FILE, MAX_INDEX_SIZE);
    if (bytes === undefined) return undefined;
    const version = await this.#read(VERSION_FILE, MAX_DOCUMENT_SIZE);
    if (version !== undefined) {
      checkVersion(parseJson(version, `"${this.name}"`)["imageLayoutVersion"], this.name);
    }
    return parseLayoutIndex(bytes, `${INDEX_FILE} of "${this.name}"`);
  }

  /**
   * Changes the index while other processes are locked out; creates the layout if there is none.
   *
   * @param change Returns the new index, or undefined to keep the old one.
   */
  async updateIndex(change: (index: LayoutIndex) => LayoutIndex | undefined): Promise<void> {
    await this.#directory.exclusive(async () => {
      const index = await this.findIndex();
      const changed = change(index ?? EMPTY_LAYOUT_INDEX) ??
        (index === undefined ? EMPTY_LAYOUT_INDEX : undefined);
      if (changed !== undefined) await this.#write(INDEX_FILE, formatLayoutIndex(changed));
    });
  }

  /** Writes the file `oci-layout`, which makes a directory a layout. */
  async writeVersion(): Promise<void> {
    if (await this.#directory.size(VERSION_FILE) !== undefined) return;
    await this.#write(VERSION_FILE, formatJson({ imageLayoutVersion: VERSION }));
  }

  /** Reads a manifest or index from the blobs; undefined if it is not there. */
  async readDocument(digest: Digest): Promise<Bytes | undefined> {
    return await this.#read(blobPath(digest), MAX_DOCUMENT_SIZE);
  }

  /** Writes a manifest or index to the blobs, unless it is there. */
  async writeDocument(digest: Digest, bytes: Bytes): Promise<void> {
    const path = blobPath(digest);
    // The size alone does not tell, since wrong content may have the same.
    if (await this.#directory.size(path) === bytes.length) {
      const found = await this.#read(path, bytes.length);
      if (found?.every((byte, index) => byte === bytes[index])) return;
    }
    await this.#write(blobPath(digest), bytes);
  }

  /** Counts bytes that were written. */
  countWritten(size: number): void {
    if (this.#transfer !== undefined) this.#transfer.bytesUploaded += size;
  }

  async #read(path: string, limit: number): Promise<Bytes | undefined> {
    const content = await this.#directory.read(path);
    return content && collectBytes(content, { limit, what: `"${path}" of "${this.name}"` });
  }

  async #write(path: string, bytes: Bytes): Promise<void> {
    const file = await this.#directory.create();
    try {
      await file.write(bytes);
      await file.commit(path);
      this.countWritten(bytes.length);
    } finally {
      await file.discard();
    }
  }
}

/** The path of a blob in a layout. An invalid digest never becomes a path (CVE-2024-3727). */
export function blobPath(digest: Digest): string {
  return `blobs/${parseDigest(digest).replace(":", "/")}`;
}

function checkVersion(version: unknown, name: string): void {
  if (typeof version === "string" && /^1\./.test(version)) return;
  throw new SyntaxError(
    `Cannot read "${name}": expected OCI image layout version 1, got ${JSON.stringify(version)}`,
  );
}
