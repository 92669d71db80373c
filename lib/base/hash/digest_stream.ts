/** SHA-256 through `crypto.DigestStream`, which only workerd has: https://developers.cloudflare.com/workers/runtime-apis/web-crypto/ */

import type { Bytes } from "../bytes.ts";
import { expectLater } from "../expect_later.ts";
import type { Hasher } from "./hasher.ts";

interface DigestStream extends WritableStream<Bytes> {
  readonly digest: Promise<ArrayBuffer>;
}

/** Looked up at each call, since tests replace it. */
function digestStream(): (new (algorithm: "SHA-256") => DigestStream) | undefined {
  const { crypto } = globalThis as unknown as {
    readonly crypto?: { readonly DigestStream?: new (algorithm: "SHA-256") => DigestStream };
  };
  return crypto?.DigestStream;
}

/** Whether this runtime has `DigestStream`. */
export function hasDigestStream(): boolean {
  return digestStream() !== undefined;
}

/** Makes a SHA-256 hasher from `DigestStream`; its methods are asynchronous. */
export function createDigestStreamHasher(): Hasher {
  const DigestStream = digestStream();
  if (DigestStream === undefined) throw new TypeError("Cannot hash: there is no DigestStream");
  const stream = new DigestStream("SHA-256");
  // It rejects if the hash is dropped half-way, when nobody awaits it.
  expectLater(stream.digest);
  const writer = stream.getWriter();
  return {
    update: (chunk: Bytes): Promise<void> => writer.write(chunk),
    async digest(): Promise<Bytes> {
      await writer.close();
      return new Uint8Array(await stream.digest);
    },
  };
}
