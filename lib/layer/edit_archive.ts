/** A stage that makes an archive one that engines take. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { TarEditor } from "../tar/editor.ts";
import { Gatherer } from "../tar/gatherer.ts";
import type { ArchiveChecker } from "./check_archive.ts";

/** Calls a function, and says of which layer it is what that throws. */
export type Guard = <T>(read: () => T) => T;

/**
 * Passes an archive on as a checker decides. Its chunks may be views of those that came in, and are good until the next one is asked for.
 *
 * @throws what the guard makes of a `TarError`, a `Refusal` and the like.
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

/** Joins what is cut into many pieces, since each step of a stream costs more than a copy. */
function joinSmall(pieces: readonly Bytes[]): readonly Bytes[] {
  if (pieces.length <= 3) return pieces;
  const gatherer = new Gatherer();
  for (const piece of pieces) gatherer.add(piece);
  gatherer.flush();
  return gatherer.take();
}
