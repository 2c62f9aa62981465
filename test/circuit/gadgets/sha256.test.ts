import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { literal, truthValue, addTruth, type Truth } from '../../../src/circuit/gadgets/boolean.ts';
import { sha256 } from '../../../src/circuit/gadgets/sha256.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { FIELDS } from '../../../src/field/fields.ts';
import { insecureSeededRng } from '../../../src/field/random.ts';
import { codeOf } from '../../support/error.ts';
import { Gadget } from '../gadget.ts';
import { sample } from '../mutate.ts';

const bitsOf = (bytes: Uint8Array): bigint[] =>
  [...bytes].flatMap((byte) => Array.from({ length: 8 }, (_, i) => BigInt((byte >> (7 - i)) & 1)));

/** The hash of a message whose bits are the inputs, after the bits that are known when the circuit is made. */
const gadget = (F: PrimeField, bits: number, known: readonly Truth[] = []) =>
  new Gadget(F, bits, (cs, inputs) =>
    sha256(cs.ns('hash'), [...known, ...inputs.map(literal)]).map((bit) => ({
      lc: addTruth(cs.lc(), cs, bit, 1n),
      value: truthValue(cs, bit),
    })),
  );

const message = (n: number, seed: string) => insecureSeededRng(seed).bytes(n);
const hashBits = (bytes: Uint8Array) => bitsOf(createHash('sha256').update(bytes).digest());

describe('sha256', () => {
  it.each([0, 1, 3, 55, 56, 64, 119, 120])('of %d bytes is that of Node', async (n) => {
    const bytes = message(n, `sha256 of ${n}`);
    expect(await gadget(FIELDS[0], 8 * n).run(bitsOf(bytes))).toEqual({
      outputs: hashBits(bytes),
      failing: [],
    });
  });

  it.each(FIELDS)('is that of Node over $name', async (F) => {
    const bytes = message(5, F.name);
    expect(await gadget(F, 40).run(bitsOf(bytes))).toEqual({ outputs: hashBits(bytes), failing: [] });
  });

  it('of a message that is partly known is that of the whole', async () => {
    const bytes = message(64, 'partly known');
    const known = bitsOf(bytes.subarray(0, 40)).map((bit) => bit === 1n);
    const made = gadget(FIELDS[0], 8 * 24, known);
    expect((await made.run(bitsOf(bytes.subarray(40)))).outputs).toEqual(hashBits(bytes));
    const whole = gadget(FIELDS[0], 8 * 64).circuit.matrices.constraints;
    expect(made.circuit.matrices.constraints).toBeLessThan(whole);
  });

  it('refuses a message with a part of a byte', async () => {
    expect(await codeOf(() => gadget(FIELDS[0], 9))).toBe('SynthesisError');
  });

  it('leaves none of its variables free', async () => {
    const made = gadget(FIELDS[0], 8 * 3);
    const lies = sample(made.names.length, 8, 'sha256');
    expect((await made.deceive(bitsOf(message(3, 'lies')), lies)).free).toEqual([]);
  });
});
