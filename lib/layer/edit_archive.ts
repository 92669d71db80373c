/** Applies an {@linkcode ArchiveChecker} to an archive. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { TarEditor } from "../tar/editor.ts";
import { Gatherer } from "../tar/gatherer.ts";
import type { ArchiveChecker } from "./check_archive.ts";

/** Calls a function, and adds the layer's name to the errors that it throws. */
export type Guard = <T>(read: () => T) => T;

/**
 * Passes an archive on with the changes of a checker. The chunks may be views of the input's, valid until the next one is asked for.
 *
 * @throws what the guard makes of a `TarError` or a `Refusal`.
 */
export async function* editArchive(
  tar: ByteStream,
  checker: ArchiveChecker,
  guard: Guard,
): ByteStream {
  const editor = new TarEditor(checker);
  for await (const chunk of tar) {
    yield* joinSmall(guard(() => editor.write(chunk)));
    for (let { pending } = editor; pending !== undefined; { pending } = editor) {
      await pending;
      yield* joinSmall(guard(() => editor.resume()));
    }
  }
  guard(() => {
    editor.end();
    checker.end();
  });
}

/** Joins small pieces: each chunk of a stream costs more than a copy of some bytes. */
function joinSmall(pieces: readonly Bytes[]): readonly Bytes[] {
  if (pieces.length <= 3) return pieces;
  const gatherer = new Gatherer();
  for (const piece of pieces) gatherer.add(piece);
  gatherer.flush();
  return gatherer.take();
}
