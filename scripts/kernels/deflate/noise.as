/** What looks like noise, as what is compressed or encrypted already does: it is stored without a search. */

import { NOISE_COUNTS, NOISE_PIECE } from "./memory";

/** Bytes of a piece that are looked at. */
const SAMPLES: u32 = 4096;

/** An odd number of bytes between them, so that each byte of wider numbers has its turn. */
const STRIDE: usize = NOISE_PIECE / SAMPLES - 1;

/** What the squares of the 256 counts sum up to, on average, if every byte is as likely; their standard deviation is 362. */
const EXPECTED: i32 = SAMPLES + SAMPLES * (SAMPLES - 1) / 256;

/** Five standard deviations. A table that counts up is more even than that. */
const TOLERANCE: i32 = 1810;

/** Whether a piece of `NOISE_PIECE` bytes looks like noise: its bytes are as evenly distributed as chance makes them. */
export function isNoise(piece: usize): bool {
  memory.fill(NOISE_COUNTS, 0, 256 * 4);
  let squares: i32 = 0;
  for (let sample: u32 = 0; sample < SAMPLES; sample++, piece += STRIDE) {
    const entry = <usize> load<u8>(piece) << 2;
    const count = load<u32>(entry, NOISE_COUNTS);
    // (n + 1)² − n²
    squares += 2 * count + 1;
    store<u32>(entry, count + 1, NOISE_COUNTS);
  }
  return abs<i32>(squares - EXPECTED) < TOLERANCE;
}
