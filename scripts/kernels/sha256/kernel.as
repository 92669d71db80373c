/** SHA-256's compression function (RFC 6234 §6.2) over many blocks at a time. */

/** Round constants from RFC 6234 §5.1: fractions of the cube roots of the first 64 primes. */
const CONSTANTS = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

/** The message schedule, with the round constants already added: 64 × u32. Below lie the compiler's own constants. */
const SCHEDULE: usize = 4096;
const WORDS: usize = SCHEDULE + 64 * 4;
const STATE: usize = WORDS + 64 * 4;
const INPUT: usize = 8192;

/** Where the eight words of the state are. */
export function stateAddress(): usize {
  return STATE;
}

/** Where the blocks go. */
export function inputAddress(): usize {
  return INPUT;
}

// @ts-ignore: AssemblyScript's decorator
@inline
function bigSigma0(x: u32): u32 {
  return rotr(x, 2) ^ rotr(x, 13) ^ rotr(x, 22);
}

// @ts-ignore: AssemblyScript's decorator
@inline
function bigSigma1(x: u32): u32 {
  return rotr(x, 6) ^ rotr(x, 11) ^ rotr(x, 25);
}

// @ts-ignore: AssemblyScript's decorator
@inline
function smallSigma0(x: u32): u32 {
  return rotr(x, 7) ^ rotr(x, 18) ^ x >>> 3;
}

// @ts-ignore: AssemblyScript's decorator
@inline
function smallSigma1(x: u32): u32 {
  return rotr(x, 17) ^ rotr(x, 19) ^ x >>> 10;
}

/** T1 of a round. */
// @ts-ignore: AssemblyScript's decorator
@inline
function first(e: u32, f: u32, g: u32, h: u32, word: u32): u32 {
  return h + bigSigma1(e) + (g ^ e & (f ^ g)) + word;
}

/** T2 of a round. */
// @ts-ignore: AssemblyScript's decorator
@inline
function second(a: u32, b: u32, c: u32): u32 {
  return bigSigma0(a) + (a & b ^ c & (a ^ b));
}

/** Hashes whole blocks: so many times 64 bytes. */
export function hashBlocks(count: u32): void {
  let a: u32 = load<u32>(STATE);
  let b: u32 = load<u32>(STATE, 4);
  let c: u32 = load<u32>(STATE, 8);
  let d: u32 = load<u32>(STATE, 12);
  let e: u32 = load<u32>(STATE, 16);
  let f: u32 = load<u32>(STATE, 20);
  let g: u32 = load<u32>(STATE, 24);
  let h: u32 = load<u32>(STATE, 28);
  for (let block = INPUT; count > 0; count--, block += 64) {
    for (let t: usize = 0; t < 64; t += 4) {
      const word = bswap(load<u32>(block + t));
      store<u32>(WORDS + t, word);
      store<u32>(SCHEDULE + t, word + load<u32>(CONSTANTS + t));
    }
    for (let t: usize = 64; t < 256; t += 4) {
      const word = smallSigma1(load<u32>(WORDS + t - 8)) + load<u32>(WORDS + t - 28) +
        smallSigma0(load<u32>(WORDS + t - 60)) + load<u32>(WORDS + t - 64);
      store<u32>(WORDS + t, word);
      store<u32>(SCHEDULE + t, word + load<u32>(CONSTANTS + t));
    }
    const a0 = a, b0 = b, c0 = c, d0 = d, e0 = e, f0 = f, g0 = g, h0 = h;
    // Eight rounds at a time, after which every variable is where it was: none has to be moved.
    for (let t: usize = SCHEDULE; t < SCHEDULE + 256; t += 32) {
      let t1 = first(e, f, g, h, load<u32>(t));
      d += t1;
      h = t1 + second(a, b, c);
      t1 = first(d, e, f, g, load<u32>(t, 4));
      c += t1;
      g = t1 + second(h, a, b);
      t1 = first(c, d, e, f, load<u32>(t, 8));
      b += t1;
      f = t1 + second(g, h, a);
      t1 = first(b, c, d, e, load<u32>(t, 12));
      a += t1;
      e = t1 + second(f, g, h);
      t1 = first(a, b, c, d, load<u32>(t, 16));
      h += t1;
      d = t1 + second(e, f, g);
      t1 = first(h, a, b, c, load<u32>(t, 20));
      g += t1;
      c = t1 + second(d, e, f);
      t1 = first(g, h, a, b, load<u32>(t, 24));
      f += t1;
      b = t1 + second(c, d, e);
      t1 = first(f, g, h, a, load<u32>(t, 28));
      e += t1;
      a = t1 + second(b, c, d);
    }
    a += a0;
    b += b0;
    c += c0;
    d += d0;
    e += e0;
    f += f0;
    g += g0;
    h += h0;
  }
  store<u32>(STATE, a);
  store<u32>(STATE, b, 4);
  store<u32>(STATE, c, 8);
  store<u32>(STATE, d, 12);
  store<u32>(STATE, e, 16);
  store<u32>(STATE, f, 20);
  store<u32>(STATE, g, 24);
  store<u32>(STATE, h, 28);
}
