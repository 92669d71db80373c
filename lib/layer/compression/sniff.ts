/** Detects the format of a stream by its first bytes. */

import { type Bytes, type ByteStream, concatBytes } from "../../base/bytes.ts";

/** Format of a stream. "tar" stands for all unknown data: the scanner decides whether it really is an archive. */
export type Format =
  | "empty"
  | "tar"
  | "gzip"
  | "zstd"
  | "xz"
  | "lzma"
  | "lzip"
  | "bzip2"
  | "lz4"
  | "zip"
  | "7z"
  | "rpm"
  | "ar";

/** Bytes of the longest magic number below. */
const LONGEST_MAGIC = 8;

/**
 * Magic numbers of RFC 1952 §2.3.1, RFC 8878 §3.1, xz, bzip2, lz4 (frame and legacy), lzip, PKWARE's APPNOTE, 7zFormat.txt, RPM's lead, and
 * ar(5), the format of Debian's packages.
 */
const MAGIC: readonly (readonly [Format, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["lz4", [0x04, 0x22, 0x4d, 0x18]],
  ["lz4", [0x02, 0x21, 0x4c, 0x18]],
  ["lzip", [0x4c, 0x5a, 0x49, 0x50]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
  ["7z", [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ["rpm", [0xed, 0xab, 0xee, 0xdb]],
  ["ar", [0x21, 0x3c, 0x61, 0x72, 0x63, 0x68, 0x3e, 0x0a]],
];

/** Detects a format by its first bytes. */
export function formatOf(prefix: Bytes): Format {
  if (prefix.length === 0) return "empty";
  if (isSkippableFrame(prefix)) return "zstd";
  if (isLzma(prefix)) return "lzma";
  const known = MAGIC.find(([, magic]) => magic.every((byte, index) => prefix[index] === byte));
  return known?.[0] ?? "tar";
}

/** A stream whose format was detected. */
export interface Sniffed {
  readonly format: Format;
  /** The whole stream, from its first byte. */
  readonly source: ByteStream;
  /** Whether zstd data begins with a skippable frame, as pzstd writes it. */
  readonly isSkippable: boolean;
}

/**
 * Detects the format of a stream. `source` is the whole stream again; ending it ends the given one.
 */
export async function sniff(stream: ByteStream): Promise<Sniffed> {
  const iterator = stream[Symbol.asyncIterator]();
  const chunks: Bytes[] = [];
  let length = 0;
  while (length < LONGEST_MAGIC) {
    const { done, value } = await iterator.next();
    if (done) break;
    length += value.length;
    // The stream may use the memory of a chunk again once the next one is asked for.
    chunks.push(length < LONGEST_MAGIC ? value.slice() : value);
  }
  const prefix = concatBytes(chunks).subarray(0, LONGEST_MAGIC);
  return {
    format: formatOf(prefix),
    source: replay(chunks, iterator),
    isSkippable: isSkippableFrame(prefix),
  };
}

/** Not a generator, which would leave the iterator open if it is ended before its first read. */
function replay(chunks: Bytes[], iterator: AsyncIterator<Bytes>): ByteStream {
  const whole: AsyncIterator<Bytes> = {
    next(): Promise<IteratorResult<Bytes>> {
      const value = chunks.shift();
      return value === undefined ? iterator.next() : Promise.resolve({ done: false, value });
    },
    async return(): Promise<IteratorResult<Bytes>> {
      chunks.length = 0;
      return await iterator.return?.() ?? { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => whole };
}

/** Whether zstd data begins with a skippable frame, magic 0x184D2A50 to 0x184D2A5F (RFC 8878 §3.1.2). */
function isSkippableFrame(prefix: Bytes): boolean {
  const [first = 0, ...rest] = prefix;
  return (first & 0xf0) === 0x50 && rest[0] === 0x2a && rest[1] === 0x4d && rest[2] === 0x18;
}

/**
 * Whether it is the lzma format, which is older than xz and has no magic number: the properties that all encoders write, then the size of
 * the dictionary, whose upper half is not 0. A tar archive begins so only if bytes follow the NUL at the end of its first name.
 */
function isLzma([properties, first, second, third = 0, fourth = 0]: Bytes): boolean {
  return properties === 0x5d && first === 0 && second === 0 && (third !== 0 || fourth !== 0);
}
