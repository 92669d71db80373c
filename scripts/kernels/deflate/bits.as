/** The bit stream (RFC 1951 §3.1.1): least significant bit first, through 64 bits of buffer. */

let buffer: u64 = 0;
let count: u64 = 0;
let end: usize = 0;

/** Starts a stream. */
export function startBits(at: usize): void {
  buffer = 0;
  count = 0;
  end = at;
}

/** Where the bytes written so far end. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function bytesEnd(): usize {
  return end;
}

/** What is not written yet. With `bitCount` and `bytesEnd` it lets a hot loop keep the stream in locals, which globals are slower than. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function pendingBits(): u64 {
  return buffer;
}

/** How many bits are not written yet. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function bitCount(): u64 {
  return count;
}

/** Takes the stream back from such a loop. */
export function resumeBits(bits: u64, size: u64, at: usize): void {
  buffer = bits;
  count = size;
  end = at;
}

/** Adds bits. At most 56 fit between two calls of `flushBits`. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function putBits(value: u64, bits: u64): void {
  buffer |= value << count;
  count += bits;
}

/** Adds a code as `huffman.as` stores it: its bits below, their number in the top byte. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function putCode(code: u32): void {
  putBits(code & 0xffffff, code >> 24);
}

/** Writes the whole bytes. It stores eight and moves on by those that count, which needs no loop and no branch. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function flushBits(): void {
  store<u64>(end, buffer);
  end += <usize> (count >> 3);
  buffer >>= count & 0x38;
  count &= 7;
}

/** Fills the last byte with zeros. */
export function alignBits(): void {
  flushBits();
  if (count > 0) end++;
  buffer = 0;
  count = 0;
}

/** Adds bytes; the stream must be aligned. */
export function putBytes(from: usize, size: usize): void {
  memory.copy(end, from, size);
  end += size;
}
