/** Uses a registry that leads elsewhere in every way, on whatever runtime this runs on; web standards only. */

import { collectBytes } from "../../lib/base/collect.ts";
import type { ByteStream } from "../../lib/base/bytes.ts";
import type { Digest } from "../../lib/oci/digest.ts";
import type { BlobSource } from "../../lib/storage/blob_source.ts";
import type { Repository } from "../../lib/storage/repository.ts";
import { Registries } from "../../lib/registry/registries.ts";

/** The blob that the registry serves, and its digest. */
export const BLOB = "the blob";

/** The password that must not leave the registry's origin. */
export const PASSWORD = "the-password";

/** Does everything, and tells what came of each: "done", or the error's name. */
export async function exercise(registry: string, digest: string): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  const credentials = () => Promise.resolve({ username: "user", password: PASSWORD });
  const run = async (name: string, call: (repository: Repository) => Promise<unknown>) => {
    const registries = new Registries({
      credentials,
      plainHttp: true,
      retries: 0,
      bufferSize: 100_000,
    });
    try {
      await call(registries.open(registry, name, "push"));
      outcomes[name] = "done";
    } catch (error) {
      outcomes[name] = error instanceof Error ? error.name : String(error);
    }
    await registries.settle();
  };
  const blob = { digest: digest as Digest, size: BLOB.length };
  await run("download", async (repository) => {
    const bytes = await collectBytes(repository.getBlob(blob));
    if (new TextDecoder().decode(bytes) !== BLOB) throw new TypeError("other bytes");
  });
  await run("upload", async (repository) => {
    await repository.putBlob(source(50_000), { probe: false });
    await repository.putBlob(source(1_000_000), { probe: false });
  });
  await run("challenge", (repository) => collectBytes(repository.getBlob(blob)));
  await run("realm", (repository) => repository.headManifest("1"));
  await run("token", (repository) => repository.headManifest("1"));
  await run("tags", async (repository) => {
    for await (const _ of repository.tags());
  });
  await run(
    "broken",
    (repository) => repository.putBlob(source(5_000_000, 2_000_000), { probe: false }),
  );
  return outcomes;
}

function source(size: number, breaksAt = Infinity): BlobSource {
  async function* open(start = 0): ByteStream {
    for (let offset = start; offset < size; offset += 10_000) {
      if (offset >= breaksAt) throw new RangeError("the source is broken");
      yield new Uint8Array(Math.min(10_000, size - offset));
      // A source of its own, which yields when it has something.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
  return { replayable: false, open };
}
