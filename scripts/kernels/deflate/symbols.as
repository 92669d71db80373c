/** Symbols of lengths and distances (RFC 1951 §3.2.5). */

import {
  DISTANCE_BASES,
  DISTANCE_EXTRA,
  DISTANCE_SYMBOLS,
  LENGTH_BASES,
  LENGTH_EXTRA,
  LENGTH_SYMBOLS,
} from "./memory";

/** Fills the tables of RFC 1951 §3.2.5. */
export function fillTables(): void {
  let length: u32 = 3;
  for (let symbol: u32 = 0; symbol < 29; symbol++) {
    const extra: u32 = symbol < 8 || symbol === 28 ? 0 : (symbol >> 2) - 1;
    // 258 has a symbol of its own, though the one before reaches it.
    if (symbol === 28) length = 258;
    store<u16>(LENGTH_BASES + symbol * 2, <u16> length);
    store<u8>(LENGTH_EXTRA + symbol, <u8> extra);
    for (let left: u32 = 1 << extra; left > 0; left--) {
      store<u8>(LENGTH_SYMBOLS + length++, <u8> symbol);
    }
  }
  let distance: u32 = 1;
  for (let symbol: u32 = 0; symbol < 30; symbol++) {
    const extra: u32 = symbol < 2 ? 0 : (symbol >> 1) - 1;
    store<u32>(DISTANCE_BASES + symbol * 4, distance);
    store<u8>(DISTANCE_EXTRA + symbol, <u8> extra);
    for (let left: u32 = 1 << extra; left > 0; left--) {
      store<u8>(distanceEntry(distance++), <u8> symbol);
    }
  }
}

// @ts-ignore: AssemblyScript's decorator
@inline
function distanceEntry(distance: u32): usize {
  const index = distance - 1;
  // Both are computed, because a branch would be mispredicted often.
  return DISTANCE_SYMBOLS + <usize> select<u32>(index, 256 + (index >> 7), index < 256);
}

/** A length's symbol less 257. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function lengthSymbol(length: u32): u32 {
  return load<u8>(<usize> length, LENGTH_SYMBOLS);
}

// @ts-ignore: AssemblyScript's decorator
@inline
export function distanceSymbol(distance: u32): u32 {
  return load<u8>(distanceEntry(distance));
}
