/** The upload of a config that is yet to be made. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import type { TaskGroup } from "../../base/task_group.ts";
import type { PutBlobOptions, Repository, StoredBlob } from "../../storage/repository.ts";

/** An upload that has begun and waits for its bytes. */
export interface ConfigUpload {
  /** Gives the bytes and waits until they are stored. */
  send(bytes: Bytes): Promise<StoredBlob>;
}

/**
 * Begins an upload before its content exists: the repository asks for the upload session while the base's manifest and config are
 * still on their way, which saves a round trip. It must be sent to, or the group aborted.
 */
export function startConfigUpload(
  target: Repository,
  { signal, start }: TaskGroup,
  options: Pick<PutBlobOptions, "probe">,
): ConfigUpload {
  let give: (bytes: Bytes) => void = () => {};
  const content = new Promise<Bytes>((resolve, reject) => {
    give = resolve;
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  // The upload awaits it; where it has ended by then, an abort must not count as unhandled.
  content.catch(() => {});
  async function* open(): ByteStream {
    yield await content;
  }
  const stored = start(() => target.putBlob({ replayable: true, open }, { ...options, signal }));

  return {
    send(bytes): Promise<StoredBlob> {
      give(bytes);
      return stored;
    },
  };
}
