/** Starts the upload of a config before its content exists. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import { expectLater } from "../../base/expect_later.ts";
import { onAbort } from "../../base/on_abort.ts";
import type { TaskGroup } from "../../base/task_group.ts";
import type { BlobPusher, PutBlobOptions, StoredBlob } from "../../storage/repository.ts";

/** An upload that was started and waits for its bytes. */
export interface ConfigUpload {
  /** Gives the bytes and waits until they are stored. */
  send(bytes: Bytes): Promise<StoredBlob>;
}

/**
 * Starts an upload before its content exists: the session is requested while the base's manifest and config are still being read, which
 * saves a round trip. `send` must be called, or the group aborted.
 */
export function startConfigUpload(
  target: BlobPusher,
  { signal, start }: TaskGroup,
  options: Pick<PutBlobOptions, "probe">,
): ConfigUpload {
  let give: (bytes: Bytes) => void = () => {};
  const content = expectLater(
    new Promise<Bytes>((resolve, reject) => {
      give = (bytes) => {
        stopListening();
        resolve(bytes);
      };
      const stopListening = onAbort(signal, () => reject(signal.reason));
    }),
  );
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

/** Starts the upload of the first config at once, and those of further configs when they are asked for. */
export function startConfigUploads(
  target: BlobPusher,
  group: TaskGroup,
  options: Pick<PutBlobOptions, "probe">,
): () => ConfigUpload {
  let first: ConfigUpload | undefined = startConfigUpload(target, group, options);
  return () => {
    const upload = first ?? startConfigUpload(target, group, options);
    first = undefined;
    return upload;
  };
}
