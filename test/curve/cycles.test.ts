import { describe, expect, it } from 'vitest';
import { CYCLES, cycleByName, needsPtau } from '../../src/curve/cycles.ts';
import { novaError } from '../support/error.ts';

describe('cycles', () => {
  it('have the names, curves and openings of nova-snark', () => {
    expect(CYCLES.map((c) => [c.name, c.primary.name, c.secondary.name, c.opening ?? 'ipa'])).toEqual([
      ['pasta', 'pallas', 'vesta', 'ipa'],
      ['bn-ipa', 'bn256', 'grumpkin', 'ipa'],
      ['secp', 'secp256k1', 'secq256k1', 'ipa'],
      ['bn-kzg', 'bn256', 'grumpkin', 'hyperkzg'],
      ['bn-mercury', 'bn256', 'grumpkin', 'mercury'],
    ]);
  });

  it('take powers of tau where commitments are opened by pairings', () => {
    expect(CYCLES.filter(needsPtau).map((c) => c.name)).toEqual(['bn-kzg', 'bn-mercury']);
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
