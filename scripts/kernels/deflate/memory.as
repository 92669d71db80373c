/** Where things are in the kernel's memory. There is no allocator: every table has its place. */

/** Bytes of input that the kernel takes at a time. */
export const BLOCK_SIZE: u32 = 1 << 20;
/** How far back a match may lie (RFC 1951 §2). */
export const WINDOW: u32 = 1 << 15;
/** Bytes of the longest match (RFC 1951 §2). */
export const LONGEST: u32 = 258;
/** Bytes after which it is decided whether a deflate block goes on. With 8192 the output is 0.2 % larger, with 2048 it takes 4 % longer. */
export const CHUNK: u32 = 4096;
/** Bytes that are looked at together for whether they are noise. */
export const NOISE_PIECE: u32 = 1 << 16;
/** Sequences of a deflate block, but for those of its last chunk. */
export const MOST_SEQUENCES: u32 = 32768;

export const HASH4_BITS: u32 = 16;
export const HASH3_BITS: u32 = 13;
/** With 16 the output of the quick search is 0.1 % smaller, and it takes 2 % longer where caches are shared. */
export const BUCKET_BITS: u32 = 15;

/** Where the symbols are among the counts: literals, end of the block, 29 lengths, two unused ones, 30 distances, two unused ones. */
export const LENGTH_SYMBOLS_AT: u32 = 257;
export const DISTANCE_SYMBOLS_AT: u32 = 288;
export const COUNTS_SIZE: usize = 320 * 4;
/** How often each symbol occurs: u32 each. Below this address lie the compiler's own constants. */
export const BLOCK_COUNTS: usize = 4096;
export const LITERAL_COUNTS: usize = BLOCK_COUNTS;
export const DISTANCE_COUNTS: usize = BLOCK_COUNTS + DISTANCE_SYMBOLS_AT * 4;
/** The same for the latest chunk only. */
export const CHUNK_COUNTS: usize = BLOCK_COUNTS + COUNTS_SIZE;
/** The same for the code of the code lengths: 32 × u32. */
export const CODE_COUNTS: usize = CHUNK_COUNTS + COUNTS_SIZE;
/** Code lengths: 288 + 32 bytes, so that those of the distances can be put right behind those of the literals. */
export const LITERAL_LENGTHS: usize = CODE_COUNTS + 32 * 4;
export const DISTANCE_LENGTHS: usize = LITERAL_LENGTHS + 320;
export const CODE_LENGTHS: usize = DISTANCE_LENGTHS + 32;
/** Codes, bits reversed, with their length in the top byte: u32 each. */
export const LITERAL_CODES: usize = CODE_LENGTHS + 32;
export const DISTANCE_CODES: usize = LITERAL_CODES + 288 * 4;
export const CODE_CODES: usize = DISTANCE_CODES + 32 * 4;
/** Room for building a code. */
export const SORTED: usize = CODE_CODES + 32 * 4;
export const TREE: usize = SORTED + 320 * 4;
/** Where the next symbol with a count goes when they are sorted, which is before the tree is built. */
export const PLACES: usize = TREE;
/** How often a byte occurs in a sample: the same room, before any code is built. */
export const NOISE_COUNTS: usize = TREE;
export const LENGTH_COUNTS: usize = TREE + 320 * 4;
export const NEXT_CODES: usize = LENGTH_COUNTS + 64 * 4;
/** Run-length coded code lengths: pairs of symbol and extra bits. */
export const RUNS: usize = NEXT_CODES + 64 * 4;
/** RFC 1951 §3.2.5 as tables: a length's symbol less 257, and its code with the extra bits. */
export const LENGTH_SYMBOLS: usize = RUNS + 640;
export const LENGTH_ENCODED: usize = LENGTH_SYMBOLS + 512;
export const LENGTH_BASES: usize = LENGTH_ENCODED + 260 * 4;
export const LENGTH_EXTRA: usize = LENGTH_BASES + 32 * 2;
/** Symbols of the distances 1 to 256, then of every 128th one. */
export const DISTANCE_SYMBOLS: usize = LENGTH_EXTRA + 32;
export const DISTANCE_BASES: usize = DISTANCE_SYMBOLS + 512;
export const DISTANCE_EXTRA: usize = DISTANCE_BASES + 32 * 4;

/** The latest place of four, and of three, bytes with a hash: u32 each. */
export const HEADS4: usize = 32768;
export const HEADS3: usize = HEADS4 + (4 << HASH4_BITS);
/** The same memory in the quick search: the two latest places of four bytes with a hash, the latest one below, u16 each; and one spare. */
export const BUCKETS: usize = HEADS4;
/** How far back the place before lies with the same hash of four bytes: u16 for each place in the window. */
export const CHAIN: usize = HEADS3 + (4 << HASH3_BITS);
/** What the parser found: where a match begins (u32), its length (u16), its distance less one (u16). */
export const SEQUENCES: usize = CHAIN + WINDOW * 2;
/** A multiple of the window, so that an empty entry of a bucket stands for no place before it. */
export const INPUT: usize = (SEQUENCES + 8 * (MOST_SEQUENCES + CHUNK) + 0xffff) & ~0xffff;
/** Room for what cannot be compressed: the block, some bytes for each of its chunks, and what a store writes ahead. */
export const OUTPUT: usize = INPUT + BLOCK_SIZE + 64;
export const END: usize = OUTPUT + BLOCK_SIZE + 4096;
