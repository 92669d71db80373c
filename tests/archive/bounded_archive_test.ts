import assert from "node:assert/strict";
import { test } from "node:test";
import { boundArchive } from "../../lib/archive/bounded_archive.ts";
import { spoolFile } from "../../lib/archive/spooled_file.ts";
import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { encodeHeaders } from "../../lib/tar/encode.ts";
import { writeTar } from "../../lib/tar/writer.ts";

const MIB = 1024 * 1024;
const file = { type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;

/** Gives the same chunk for ever, and counts how often. */
async function* endless(
  chunk: Bytes,
  given: { count: number; isEnded: boolean },
): AsyncGenerator<Bytes> {
  try {
    while (true) {
      given.count++;
      yield await Promise.resolve(chunk);
    }
  } finally {
    given.isEnded = true;
  }
}

async function* inPieces(bytes: Bytes, size: number): AsyncGenerator<Bytes> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

const bound = (source: AsyncIterable<Bytes>, room = Infinity): Promise<Bytes> =>
  collectBytes(boundArchive(source, { name: "docker-archive:-", room }));

test("boundArchive() passes an archive on as it is, in chunks of any size", async () => {
  const long = "n".repeat(300);
  const archive = await collectBytes(writeTar([
    { ...file, path: "a", size: 3, content: new Uint8Array([1, 2, 3]) },
    { ...file, path: long, size: 5_000, content: new Uint8Array(5_000).fill(7) },
    { ...file, path: "d/", type: "directory", size: 0 },
  ]));
  const whole = archive.subarray(0, archive.length - 512);
  for (const size of [1, 100, 511, 512, 513, 4_000, archive.length]) {
    assert.deepEqual(await bound(inPieces(archive, size)), whole, `${size}`);
  }
});

test("boundArchive() refuses what is no archive at its first block, and reads no further", async () => {
  const given = { count: 0, isEnded: false };
  const noise = new Uint8Array(65_536).map((_, index) => 1 + index * 7 % 250);
  await assert.rejects(
    bound(endless(noise, given)),
    /^SyntaxError: Cannot read "docker-archive:-"/,
  );
  assert.deepEqual(given, { count: 1, isEnded: true });
});

test("boundArchive() leaves what has no end behind the end of the archive", async () => {
  const given = { count: 0, isEnded: false };
  assert.equal((await bound(endless(new Uint8Array(65_536), given))).length, 512);
  assert.ok(given.isEnded && given.count < 20);
});

test("boundArchive() refuses a member that there is no room for, before it comes", async () => {
  const given = { count: 0, isEnded: false };
  const header = encodeHeaders({ ...file, path: "layer.tar", size: 5 * MIB });
  async function* source(): AsyncGenerator<Bytes> {
    yield header;
    yield* endless(new Uint8Array(65_536).fill(1), given);
  }
  await assert.rejects(
    bound(source(), 4 * MIB),
    /with "layer.tar" it has 5243392 bytes, and there is room for 4194304; name a larger disk with TMPDIR/,
  );
  assert.equal(given.count, 0);
});

test("boundArchive() refuses more members than any archive of images has", async () => {
  const empty = concatBytes(
    Array.from({ length: 1_000 }, () => encodeHeaders({ ...file, path: "f", size: 0 })),
  );
  const given = { count: 0, isEnded: false };
  await assert.rejects(bound(endless(empty, given)), /it has more than 100000 members/);
  assert.ok(given.isEnded && given.count < 110);
});

test("spoolFile() asks the spool for its room, and disposes of it on a failure", async () => {
  let isDisposed = false;
  const createSpool = (): ReturnType<Parameters<typeof spoolFile>[1]["createSpool"]> =>
    Promise.resolve({
      write: () => Promise.resolve(),
      read: () => inPieces(new Uint8Array(0), 1),
      room: () => Promise.resolve(1_000),
      dispose: () => Promise.resolve(void (isDisposed = true)),
    });
  const source = inPieces(encodeHeaders({ ...file, path: "l", size: 1_000 }), 512);
  const options = { createSpool, name: "oci-archive:-", limit: () => Infinity };
  await assert.rejects(spoolFile(source, options), /there is room for 1000;/);
  assert.ok(isDisposed);
});
