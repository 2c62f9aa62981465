import { describe, expect, it } from 'vitest';
import { CYCLES, cycleByName } from '../../src/curve/cycles.ts';
import { novaError } from '../support/error.ts';

describe('cycles', () => {
  it('are named pasta, bn-ipa and secp', () => {
    expect(CYCLES.map((cycle) => cycle.name)).toEqual(['pasta', 'bn-ipa', 'secp']);
    expect(CYCLES.map((c) => [c.primary.name, c.secondary.name])).toEqual([
      ['pallas', 'vesta'],
      ['bn256', 'grumpkin'],
      ['secp256k1', 'secq256k1'],
    ]);
  });

  it('join curves whose base and scalar fields are swapped', () => {
    for (const { primary, secondary } of CYCLES) {
      expect(primary.base).toBe(secondary.scalar);
      expect(primary.scalar).toBe(secondary.base);
    }
  });

  it('are found by name, and a wrong name is answered with the names there are', async () => {
    for (const cycle of CYCLES) expect(cycleByName(cycle.name)).toBe(cycle);
    const error = await novaError(() => cycleByName('bn'));
    expect(error.code).toBe('UnknownCycle');
    for (const cycle of CYCLES) expect(error.message).toContain(cycle.name);
  });
});
