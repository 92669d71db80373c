/** Detects the format of a stream by its first bytes. */

import { type Bytes, type ByteStream, concatBytes } from "../../base/bytes.ts";

/** Format of a stream. "tar" stands for everything that is not compressed: the scanner decides whether it really is one. */
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

/** Longest prefix below, bytes. */
const LONGEST_MAGIC = 8;

/**
 * Where each number is defined: RFC 1952 §2.3.1, RFC 8878 §3.1, the xz, lz4 (frame and legacy) and lzip formats, bzip2, PKWARE's APPNOTE,
 * 7zFormat.txt, RPM's lead, and ar(5), which Debian's packages are.
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

/** A stream of which the first bytes were looked at. */
export interface Sniffed {
  readonly format: Format;
  /** The whole stream. */
  readonly source: ByteStream;
  /** Whether zstd data begins with a frame that holds no data, as that of pzstd does. */
  readonly isSkippable: boolean;
}

/**
 * Reads the first bytes of a stream and gives them back: `source` is the whole stream again.
 * Ending it ends the given stream.
 */
export async function sniff(
  stream: ByteStream,
): Promise<Sniffed> {
  const iterator = stream[Symbol.asyncIterator]();
  const chunks: Bytes[] = [];
  let length = 0;
  while (length < LONGEST_MAGIC) {
    const { done, value } = await iterator.next();
    if (done) break;
    length += value.length;
    // The stream may use the memory of one that is read past again.
    chunks.push(length < LONGEST_MAGIC ? value.slice() : value);
  }
  const prefix = concatBytes(chunks).subarray(0, LONGEST_MAGIC);
  return {
    format: formatOf(prefix),
    source: replay(chunks, iterator),
    isSkippable: isSkippableFrame(prefix),
  };
}

/** Not a generator: one that is ended before its first read would leave the iterator open. */
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
 * Whether it is lzma's own format of before xz, which has no magic number: properties as all encoders write them, then the size of the
 * dictionary, whose upper half is not 0. A tar archive could only begin so with a name that goes on behind a NUL.
 */
function isLzma([properties, first, second, third = 0, fourth = 0]: Bytes): boolean {
  return properties === 0x5d && first === 0 && second === 0 && (third !== 0 || fourth !== 0);
}
