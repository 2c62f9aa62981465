import { randomBytes } from 'node:crypto';

/** Random numbers that a printed seed reproduces: set `SEED`, otherwise they differ from run to run. */
export interface RandomSource {
  readonly seed: string;
  /** A number of so many bits. */
  int(bits: number): bigint;
  /** A number below n <= 2^32. */
  below(n: number): number;
}

/** xoshiro128** over words (https://prng.di.unimi.it), seeded by name and seed. */
export function randomSource(name: string): RandomSource {
  const seed = process.env.SEED ?? randomBytes(8).toString('hex');
  const state = new Uint32Array([0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x85a308d3]);
  for (const [i, c] of [...`${seed} ${name}`].entries()) {
    state[i & 3] = Math.imul(state[i & 3] ^ c.charCodeAt(0), 0x01000193) + state[(i + 1) & 3];
  }
  const rotate = (x: number, k: number) => (x << k) | (x >>> (32 - k));
  const word = (): number => {
    const result = Math.imul(rotate(Math.imul(state[1], 5), 7), 9) >>> 0;
    const t = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= t;
    state[3] = rotate(state[3], 11);
    return result;
  };
  for (let i = 0; i < 20; i++) word();
  return {
    seed: `SEED=${seed}`,
    int: (bits) => {
      let x = 0n;
      for (let i = 0; i < bits; i += 32) x = (x << 32n) | BigInt(word());
      return BigInt.asUintN(bits, x);
    },
    below: (n) => word() % n,
  };
}
