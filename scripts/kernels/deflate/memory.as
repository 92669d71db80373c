/** Where things are in the kernel's memory. There is no allocator: every table has its place. */

/** Bytes of input that the kernel takes at a time. */
export const BLOCK_SIZE: u32 = 1 << 20;
/** How far back a match may lie (RFC 1951 §2). */
export const WINDOW: u32 = 1 << 15;
/** Sequences of a deflate block: smaller blocks adapt faster and cost more headers. Half and twice as many are 0.1 % larger. */
export const MOST_SEQUENCES: u32 = 8192;
/** Bytes that a deflate block covers at most: what fits one stored block (RFC 1951 §3.2.4). */
export const MOST_COVERED: u32 = 65535;

export const HASH4_BITS: u32 = 16;
export const HASH3_BITS: u32 = 13;

/** How often each literal or length symbol occurs: 288 × u32. Below this address lie the compiler's own constants. */
export const LITERAL_COUNTS: usize = 4096;
/** How often each distance symbol occurs: 32 × u32, right after the literals so that both are cleared at once. */
export const DISTANCE_COUNTS: usize = LITERAL_COUNTS + 288 * 4;
/** The same for the code of the code lengths: 32 × u32. */
export const CODE_COUNTS: usize = DISTANCE_COUNTS + 32 * 4;
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
/** How far back the place before lies with the same hash of four bytes: u16 for each place in the window. */
export const CHAIN: usize = HEADS3 + (4 << HASH3_BITS);
/** What the parser found: literals before a match (u32), its length (u16), its distance less one (u16). */
export const SEQUENCES: usize = CHAIN + WINDOW * 2;
/** Far enough from 0 that an empty entry of a table is out of every window. */
export const INPUT: usize = SEQUENCES + 8 * (MOST_SEQUENCES + 16);
/** Room for what cannot be compressed: the block, five bytes for each stored block, and what a store writes ahead. */
export const OUTPUT: usize = INPUT + BLOCK_SIZE + 64;
export const END: usize = OUTPUT + BLOCK_SIZE + 4096;
