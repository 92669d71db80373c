/** Reads the archive of a layer into a listing, with the hash of each file. */

import { encodeBase64 } from "../../base/base64.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { CreateHasher, Hasher } from "../../base/hash/hasher.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";
import { TarScanner } from "../../tar/scanner.ts";
import type { LayerListing } from "./layer_listing.ts";
import { extended, type FileAttributes } from "./listed_entry.ts";
import { imagePathOf } from "../files/image_path.ts";

/** The file whose content is being hashed. */
interface Content {
  readonly path: string;
  readonly header: TarEntryHeader;
  readonly hasher: Hasher;
  /** Bytes of the content that are still to come. */
  left: number;
}

/** Lists the entries of an archive that is written to it, and hashes their contents. */
export class LayerScanner {
  readonly #listing: LayerListing;
  readonly #createHasher: CreateHasher;
  readonly #scanner: TarScanner;
  #content: Content | undefined;
  /** Chunks that hashers still read. */
  #hashing: Promise<unknown>[] = [];

  constructor(listing: LayerListing, createHasher: CreateHasher) {
    this.#listing = listing;
    this.#createHasher = createHasher;
    this.#scanner = new TarScanner({
      onEntry: (entry) => this.#take(entry),
      onContent: (piece) => this.#hash(piece),
    });
  }

  /** Whether the end-of-archive marker was read. */
  get hasEnded(): boolean {
    return this.#scanner.hasEnded;
  }

  /**
   * Takes the next bytes of the archive, whose memory may be used again once the promise is settled.
   *
   * @throws {TarError} if the bytes are not those of an archive.
   */
  write(chunk: Bytes): Promise<unknown> | undefined {
    this.#scanner.write(chunk);
    if (this.#hashing.length === 0) return undefined;
    const hashing = this.#hashing;
    this.#hashing = [];
    return Promise.all(hashing);
  }

  #take(header: TarEntryHeader): void {
    const path = this.#listing.add(header);
    this.#content = undefined;
    if (path === undefined) return;
    if (header.type === "hard-link") return this.#takeLink(path, header);
    // The archive holds a sparse file without its holes; other type flags are no plain files.
    if (header.type !== "file" || (header.typeFlag ?? "0") !== "0" || isSparse(header)) return;
    this.#content = { path, header, hasher: this.#createHasher(), left: header.size };
    if (header.size === 0) this.#finish(this.#content);
  }

  /** A hard link has the content of its target, if the same layer has that. */
  #takeLink(path: string, { linkPath }: TarEntryHeader): void {
    const link = imagePathOf(linkPath ?? "") ?? "";
    const first = this.#listing.find(link);
    if (first?.kind !== "file" || first.attributes === undefined) return;
    const attributes = { ...first.attributes, link: first.attributes.link ?? link };
    this.#listing.put(path, { kind: "file", attributes });
  }

  #hash(piece: Bytes): void {
    const content = this.#content;
    if (content === undefined || content.left === 0) return;
    const own = piece.length <= content.left ? piece : piece.subarray(0, content.left);
    content.left -= own.length;
    const hashing = content.hasher.update(own);
    if (hashing !== undefined) this.#hashing.push(hashing);
    if (content.left === 0) this.#finish(content);
  }

  #finish({ path, header, hasher }: Content): void {
    const { mode, uid, gid, mtime, size } = header;
    const keep = (bytes: Bytes): void => {
      const hash = encodeBase64(bytes);
      const attributes: FileAttributes = {
        ...{ mode, uid, gid, mtime, size, hash },
        ...extended(header),
      };
      this.#listing.put(path, { kind: "file", attributes });
    };
    const digest = hasher.digest();
    if (digest instanceof Promise) this.#hashing.push(digest.then(keep));
    else keep(digest);
  }
}

function isSparse({ records }: TarEntryHeader): boolean {
  return records?.some(([keyword]) => keyword.startsWith("GNU.sparse.")) === true;
}
