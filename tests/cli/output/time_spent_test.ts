import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes, ByteStream, Transform } from "../../../lib/base/bytes.ts";
import type { Io } from "../../../lib/cli/io.ts";
import { TimeSpent } from "../../../lib/cli/output/time_spent.ts";

test("TimeSpent tells what each part of a command was waited for", async () => {
  let clock = 0;
  const spent = new TimeSpent(() => clock);
  async function* input(): ByteStream {
    clock += 1000;
    yield await Promise.resolve(new Uint8Array(10));
    clock += 500;
  }
  const pass: Transform = async function* (source): ByteStream {
    for await (const chunk of source) {
      clock += 250;
      yield chunk;
    }
  };
  const io = spent.watch(
    {
      readInput: input,
      createHost: () =>
        Promise.resolve({
          codec: { compress: () => pass, decompress: () => pass },
          createHasher: () => ({
            update(): void {
              clock += 125;
            },
            digest: (): Bytes => new Uint8Array(32),
          }),
        }),
    } as Partial<Io> as Io,
  );
  const host = await io.createHost({});
  const hasher = host.createHasher?.();
  assert.ok(hasher !== undefined && host.codec !== undefined);
  const layer = host.codec.compress("gzip")(io.readInput(AbortSignal.abort()));
  for await (const chunk of layer) {
    clock += 60;
    await hasher.update(chunk);
  }
  await hasher.digest();
  clock += 40;
  assert.equal(
    spent.describe(),
    "took 1.98 s: read 1.50 s, hash 0.13 s, compress 1.75 s, upload 0.18 s, waiting 0.04 s",
  );
});
