import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocBit, bitsToNum, isEqual, nor, toBitsStrict } from '../../../src/circuit/gadgets/bits.ts';
import { PrimeField } from '../../../src/field/field.ts';
import { FIELDS } from '../../../src/field/fields.ts';
import { element } from '../../field/arbitrary.ts';
import { product, upTo } from '../exhaustive.ts';
import { Gadget } from '../gadget.ts';
import { patched } from '../mutate.ts';
import { assign, failingRows } from '../satisfied.ts';

const BITS = [0n, 1n];
const bit = fc.constantFrom(...BITS);
const bitsOf = (x: bigint, n: number) => Array.from({ length: n }, (_, i) => (x >> BigInt(i)) & 1n);

const bitGadget = (F: PrimeField) => new Gadget(F, 1, (cs, [a]) => [allocBit(cs, 'a', a)]);
const norGadget = (F: PrimeField) => new Gadget(F, 2, (cs, [a, b]) => [nor(cs, 'c', a, b)]);
const equalGadget = (F: PrimeField) => new Gadget(F, 2, (cs, [a, b]) => [isEqual(cs, a, b)]);
const packGadget = (F: PrimeField, n: number) => new Gadget(F, n, (cs, bits) => [bitsToNum(cs, bits)]);
const unpackGadget = (F: PrimeField) => new Gadget(F, 1, (cs, [a]) => toBitsStrict(cs, a));

describe.each(FIELDS.map((F) => ({ name: F.name, F })))('bits over $name', ({ F }) => {
  it('isEqual tells equal numbers from others', async () => {
    const gadget = equalGadget(F);
    await fc.assert(
      fc.asyncProperty(element(F), element(F), async (a, b) => {
        expect(await gadget.run([a, b])).toEqual({ outputs: [a === b ? 1n : 0n], failing: [] });
        expect(await gadget.run([a, a])).toEqual({ outputs: [1n], failing: [] });
      }),
    );
  });

  it('bitsToNum packs bits, beyond the modulus too', async () => {
    const gadget = packGadget(F, F.bits + 2);
    await fc.assert(
      fc.asyncProperty(fc.array(bit, { minLength: F.bits + 2, maxLength: F.bits + 2 }), async (bits) => {
        const outputs = [bits.reduceRight((sum, b) => 2n * sum + b, 0n) % F.p];
        expect(await gadget.run(bits)).toEqual({ outputs, failing: [] });
      }),
      { numRuns: 20 },
    );
  });

  it('toBitsStrict gives the bits of a canonical number', async () => {
    const gadget = unpackGadget(F);
    await fc.assert(
      fc.asyncProperty(element(F), async (a) => {
        expect(await gadget.run([a])).toEqual({ outputs: bitsOf(a, F.bits), failing: [] });
      }),
      { numRuns: 30 },
    );
  });

  it('toBitsStrict refuses the bits of a + p', async () => {
    const { circuit, names } = unpackGadget(F);
    const bits = bitsOf(0n, F.bits).map((_, i) => names.indexOf(`bit ${i}`));
    const most = (1n << BigInt(F.bits)) - 1n - F.p;
    for (const a of [0n, 1n, most / 2n, most]) {
      const { z } = await assign(circuit, [a]);
      bitsOf(a + F.p, F.bits).forEach((b, i) => (z[bits[i]] = b));
      // the runs of ones follow: each row `all * bit = and` names its result alone on the right
      const { A, B, C } = circuit.matrices;
      for (let row = 0; row < circuit.matrices.constraints; row++) {
        if (!/^run above \d+\/and \d+$/.test(circuit.path(row))) continue;
        const [a0, b0, c0] = [A, B, C].map((M) => M.columns[M.rowPtr[row]]);
        z[c0] = z[a0] * z[b0];
      }
      const paths = failingRows(circuit, z).map(({ path }) => path);
      expect(paths).not.toEqual([]);
      for (const path of paths) expect(path).toMatch(/^bit \d+ is a bit$/);
    }
  });
});

describe('bits, one variable at a time', () => {
  const F = FIELDS[0];

  it.each([
    ['nor', norGadget(F), product(BITS, BITS)],
    [
      'isEqual of different numbers',
      equalGadget(F),
      [
        [5n, 7n],
        [0n, F.p - 1n],
      ],
    ],
    ['bitsToNum', packGadget(F, 10), [bitsOf(613n, 10)]],
    ['toBitsStrict', unpackGadget(F), [[0n], [F.p - 1n], [0x123456789abcdefn ** 4n % F.p]]],
  ])('%s leaves nothing free', async (_, gadget, inputs) => {
    for (const xs of inputs) expect((await gadget.deceive(xs)).free).toEqual([]);
  });

  it('isEqual of equal numbers leaves t free, which multiplies zero; the answer stays', async () => {
    for (const a of [0n, 5n]) {
      expect(await equalGadget(F).deceive([a, a])).toEqual({ free: ['t'], outputs: [[1n]] });
    }
  });

  it('allocBit binds its variable to 0 and 1, not to the value that it was given', async () => {
    expect(await bitGadget(F).deceive([0n])).toEqual({ free: ['a'], outputs: [[0n], [1n]] });
    expect((await bitGadget(F).deceive([1n])).free).toEqual([]); // neither 2 nor a random value is a bit
  });

  it('allocBit refuses what is no bit, and toBitsStrict a bit that is none', async () => {
    expect((await bitGadget(F).run([2n])).failing).toEqual(['a is a bit']);
    const { circuit, names } = unpackGadget(F);
    // 2 at bit 0 in place of 1 at bit 1: the sum is right, the bit is not
    const program = patched(circuit.program, [names.indexOf('bit 0'), names.indexOf('bit 1')], () => [
      2n,
      0n,
    ]);
    const { z } = await assign({ ...circuit, program }, [2n]);
    expect(failingRows(circuit, z).map(({ path }) => path)).toEqual(['bit 0 is a bit']);
  });
});

/** All assignments over small fields are tried: what they agree on is proved, not sampled. */
describe('bits, every assignment over small fields', () => {
  const F7 = new PrimeField('F7', 7n);

  it('allocBit takes 0 and 1 only', () => {
    expect(bitGadget(F7).allOutputs([0n])).toEqual([[0n], [1n]]);
  });

  it('nor and isEqual have one output', () => {
    for (const [a, b] of product(BITS, BITS)) {
      expect(norGadget(F7).allOutputs([a, b])).toEqual([[a + b === 0n ? 1n : 0n]]);
    }
    for (const [a, b] of product(upTo(7n), upTo(7n))) {
      expect(equalGadget(F7).allOutputs([a, b])).toEqual([[a === b ? 1n : 0n]]);
    }
  });

  it('bitsToNum has one output', () => {
    const gadget = packGadget(F7, 4);
    for (const bits of product(BITS, BITS, BITS, BITS)) {
      expect(gadget.allOutputs(bits)).toEqual([[bits.reduceRight((sum, b) => 2n * sum + b, 0n) % 7n]]);
    }
  });

  it.each([5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n, 43n, 61n, 97n, 127n])(
    'toBitsStrict has one output for each number below %d',
    async (p) => {
      const F = new PrimeField(`F${p}`, p);
      const gadget = unpackGadget(F);
      for (const a of upTo(p)) {
        expect(gadget.allOutputs([a])).toEqual([bitsOf(a, F.bits)]);
        expect((await gadget.run([a])).failing).toEqual([]);
      }
    },
  );
});
