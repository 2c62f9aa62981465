import { grainConstants } from '../../src/hash/grain.ts';
import type { PoseidonConstants } from '../../src/hash/poseidon-constants.ts';

/** The permutation as the Poseidon paper defines it: add the round's key, S-boxes, dense M. */
export function permutePlain(c: PoseidonConstants, state: readonly bigint[]): bigint[] {
  const { field: F, width, fullRounds, partialRounds } = c;
  const keys = grainConstants(F, width, fullRounds, partialRounds);
  let s = [...state];
  for (let round = 0; round < fullRounds + partialRounds; round++) {
    const full = round < fullRounds / 2 || round >= fullRounds / 2 + partialRounds;
    s = s.map((x, i) => (x + keys[round * width + i]) % F.p);
    s = s.map((x, i) => (full || i === 0 ? x ** 5n % F.p : x));
    s = c.mds.m.map((row) => row.reduce((sum, entry, j) => sum + entry * s[j], 0n) % F.p);
  }
  return s;
}
