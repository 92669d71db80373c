/** Records the headers and padding of an archive, so that it can be rebuilt byte for byte from them and the files' contents. */

import { encodeBase64 } from "../../base/base64.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { CutterListener, FileParts } from "./layer_cutter.ts";

/** Characters of lines that are encoded at a time. */
const LINES_AT_ONCE = 512 * 1024;

/** Writes the lines of tar-split (vbatts/tar-split, `tar/storage`): all bytes of an archive, with a checksum in place of each content. */
export class TarSplit implements CutterListener {
  #chunks: Bytes[] = [];
  #text = "";
  #count = 0;

  onHeaders(bytes: Bytes): void {
    this.#add({ type: 2, payload: encodeBase64(bytes) });
  }

  onFile({ path, size }: FileParts["header"], checksum: Bytes | undefined): void {
    const payload = checksum === undefined ? null : encodeBase64(checksum);
    const content = checksum === undefined ? {} : { size };
    this.#add({ type: 1, name: path, ...content, payload });
  }

  /** Takes the lines that were encoded so far. */
  take(): readonly Bytes[] {
    const taken = this.#chunks;
    this.#chunks = [];
    return taken;
  }

  /** Takes all remaining lines. */
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
    if (bytes.length > 0) this.#chunks.push(bytes);
  }
}
