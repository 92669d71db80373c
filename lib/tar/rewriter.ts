/** Changes the headers of an archive as it is streamed. */

import { type Bytes, type ByteStream, concatBytes, type Transform } from "../base/bytes.ts";
import { encodeHeaders } from "./encode.ts";
import type { TarEntryHeader } from "./entry.ts";
import { Gatherer } from "./gatherer.ts";
import { BLOCK_SIZE, isZeroBlock } from "./header.ts";
import { HeaderReader } from "./header_reader.ts";

/** Options of {@linkcode rewriteTar}. */
export interface RewriteOptions {
  /** Returns entries without content to write before an entry, which is given after its edit. */
  readonly before?: ((entry: TarEntryHeader) => readonly TarEntryHeader[]) | undefined;
}

/**
 * A stage that changes the entries of an archive. Contents, and entries for which `edit` returns its argument, pass through byte for byte.
 *
 * The stage does not check that the archive is complete, nor what follows its end: let a `TarScanner` read the output.
 *
 * @param edit Returns the entry or a changed copy. `path`, `linkPath`, `mode`, `uid`, `gid`, `mtime`, `userName`, `groupName` and
 * `records` may differ; type and size may not.
 * @throws {TarError} while reading, if the input is not a tar archive.
 * @throws {TypeError} while reading, if a changed entry cannot be written.
 * @example
 * ```ts
 * const underApp = rewriteTar((entry) => ({ ...entry, path: `app/${entry.path}` }));
 * ```
 */
export function rewriteTar(
  edit: (entry: TarEntryHeader) => TarEntryHeader,
  options: RewriteOptions = {},
): Transform {
  return (source) => rewrite(source, edit, options);
}

async function* rewrite(
  source: ByteStream,
  edit: (entry: TarEntryHeader) => TarEntryHeader,
  { before }: RewriteOptions,
): ByteStream {
  const headers = new HeaderReader();
  const gatherer = new Gatherer();
  let blocks: Bytes[] = [];
  let partial: Bytes = new Uint8Array(0);
  let position = 0;
  /** Bytes of content to pass; infinite once the end is reached. */
  let skip = 0;

  for await (const chunk of source) {
    let offset = 0;
    while (offset < chunk.length) {
      const size = Math.min(skip > 0 ? skip : BLOCK_SIZE - partial.length, chunk.length - offset);
      const piece = chunk.subarray(offset, offset + size);
      offset += size;
      position += size;
      if (skip > 0) {
        skip -= size;
        if (gatherer.add(piece)) yield* gatherer.take();
        continue;
      }
      partial = concatBytes([partial, piece]);
      if (partial.length < BLOCK_SIZE) continue;
      const block = partial;
      partial = new Uint8Array(0);
      if (!headers.pending && isZeroBlock(block)) {
        gatherer.add(block);
        skip = Infinity;
        continue;
      }
      blocks.push(block);
      const entry = headers.push(block, position - BLOCK_SIZE);
      if (entry !== undefined) {
        const edited = edit(entry);
        if (edited !== entry) blocks = encodeEdited(edited, entry, blocks, headers.mainBlock);
        for (const added of before?.(edited) ?? []) gatherer.add(encodeHeaders(added));
        skip = headers.remaining;
      }
      // Also complete without an entry: a global header.
      if (!headers.pending) {
        for (const complete of blocks) gatherer.add(complete);
        yield* gatherer.take();
        blocks = [];
      }
    }
  }
  for (const rest of [...blocks, partial]) gatherer.add(rest);
  gatherer.flush();
  yield* gatherer.take();
}

/** The edited headers, then the blocks of a sparse file's map as they were. */
function encodeEdited(
  edited: TarEntryHeader,
  entry: TarEntryHeader,
  blocks: readonly Bytes[],
  mainBlock: number,
): Bytes[] {
  const { typeFlag = "0", size, type } = entry;
  // The old header block has the start of the map.
  const base = typeFlag === "S" ? blocks[mainBlock] : undefined;
  return [
    encodeHeaders({ ...edited, type, typeFlag, size }, { base }),
    ...blocks.slice(mainBlock + 1),
  ];
}
