/** Remembers how an archive is made, but for its contents: with those it can be made again, byte for byte. */

import { encodeBase64 } from "../../base/base64.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { CutterListener, FileParts } from "./layer_cutter.ts";

/** Characters of lines that become bytes at a time. */
const LINES_AT_ONCE = 512 * 1024;

/** The lines of tar-split (vbatts/tar-split, `tar/storage`): all bytes of an archive but contents, which a checksum stands for. */
export class TarSplit implements CutterListener {
  /** Bytes of all lines. */
  size = 0;
  #chunks: Bytes[] = [];
  #text = "";
  #count = 0;

  /** Takes the headers of one entry, and the padding before them. */
  onHeaders(bytes: Bytes): void {
    this.#add({ type: 2, payload: encodeBase64(bytes) });
  }

  /** Takes a file: its content is had from elsewhere. */
  onFile({ path, size }: FileParts["header"], checksum: Bytes | undefined): void {
    const payload = checksum === undefined ? null : encodeBase64(checksum);
    const content = checksum === undefined ? {} : { size };
    this.#add({ type: 1, name: path, ...content, payload });
  }

  /** Lines that were not taken yet, as far as there are many of them. */
  take(): readonly Bytes[] {
    const taken = this.#chunks;
    this.#chunks = [];
    return taken;
  }

  /** The last lines. */
  takeRest(): readonly Bytes[] {
    this.#flush();
    return this.take();
  }

  #add(line: Record<string, unknown>): void {
    this.#text += `${JSON.stringify({ ...line, position: this.#count++ })}\n`;
    if (this.#text.length > LINES_AT_ONCE) this.#flush();
  }

  #flush(): void {
    const bytes = new TextEncoder().encode(this.#text);
    this.#text = "";
    this.size += bytes.length;
    if (bytes.length > 0) this.#chunks.push(bytes);
  }
}
