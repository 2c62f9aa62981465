import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILTIN_CIRCUITS, builtinCircuit } from '../../src/circuit/builtin.ts';
import { PrimeField } from '../../src/field/field.ts';
import { bn256Base, FIELDS, pallasBase } from '../../src/field/fields.ts';
import { element } from '../field/arbitrary.ts';
import { codeOf, novaError } from '../support/error.ts';
import { Gadget } from './gadget.ts';
import { sample } from './mutate.ts';

const stepOf = (name: string, F: PrimeField) => {
  const circuit = builtinCircuit(name);
  return new Gadget(F, circuit.arity, (cs, z) => circuit.synthesize(cs.ns('F'), z, {}));
};

/** `sha256:n`, which takes z and then the bytes of its message. */
const hashStep = (n: number, F: PrimeField) =>
  new Gadget(F, 1 + n, (cs, [z, ...bytes]) =>
    builtinCircuit(`sha256:${n}`).synthesize(cs.ns('F'), [z], { message: bytes.map((byte) => byte.value) }),
  );

/** Node's hash; bit i of it, in its order, weighs 2^i. */
const hashOf = (F: PrimeField, bytes: readonly bigint[]): bigint => {
  const hash = createHash('sha256').update(Uint8Array.from(bytes, Number)).digest();
  const bits = [...hash].flatMap((byte) => Array.from({ length: 8 }, (_, i) => (byte >> (7 - i)) & 1));
  return bits.reduceRight((sum, bit) => 2n * sum + BigInt(bit), 0n) % F.p;
};

/** The steps as plain formulas; MinRoot's root is checked by its fifth power. */
const FORMULAS: Readonly<Record<string, (F: PrimeField, z: readonly bigint[]) => bigint[]>> = {
  trivial: (_, z) => [...z],
  cubic: (F, [x]) => [(x ** 3n + x + 5n) % F.p],
  'square:0': (_, z) => [...z],
  'square:5': (F, [x]) => [x ** 32n % F.p],
  'wide:1': (F, [x]) => [(x * x + 1n) % F.p],
  'wide:4': (F, z) => z.map((x, i) => (x * z[(i + 1) % 4] + 1n) % F.p),
};

describe.each(FIELDS)('built-in circuits over $name', (F) => {
  it.each(Object.keys(FORMULAS))('%s computes its formula', async (name) => {
    const gadget = stepOf(name, F);
    const { arity } = builtinCircuit(name);
    await fc.assert(
      fc.asyncProperty(fc.array(element(F), { minLength: arity, maxLength: arity }), async (z) => {
        expect(await gadget.run(z)).toEqual({ outputs: FORMULAS[name](F, z), failing: [] });
      }),
      { numRuns: 20 },
    );
  });

  it('minroot:3 takes three fifth roots', async () => {
    const gadget = stepOf('minroot:3', F);
    await fc.assert(
      fc.asyncProperty(element(F), element(F), async (x, y) => {
        const { outputs, failing } = await gadget.run([x, y]);
        expect(failing).toEqual([]);
        // backwards: (x, y) comes from (y, x^5 - y)
        let [a, b] = outputs;
        for (let i = 0; i < 3; i++) [a, b] = [b, F.reduce(a ** 5n - b)];
        expect([a, b]).toEqual([x, y]);
      }),
      { numRuns: 5 },
    );
  });
});

describe('sha256:N', () => {
  it.each([0, 1, 64])('computes the hash of the message of a step: %d bytes', async (n) => {
    const { inputsOf, inputs } = builtinCircuit(`sha256:${n}`);
    expect(inputs).toEqual({ message: n });
    const made = hashStep(n, pallasBase);
    for (const step of [0, 250]) {
      const { message } = inputsOf!(step);
      expect(message).toEqual(Array.from({ length: n }, (_, j) => BigInt((step + j) % 256)));
      const outputs = [hashOf(pallasBase, message)];
      expect(await made.run([2n, ...message])).toEqual({ outputs, failing: [] });
    }
  });

  it('weighs the bits modulo another prime, too', async () => {
    expect((await hashStep(1, bn256Base).run([2n, 200n])).outputs).toEqual([hashOf(bn256Base, [200n])]);
  });

  it('refuses what is no byte', async () => {
    const made = hashStep(1, pallasBase);
    for (const message of [256n, 511n, pallasBase.p - 1n]) {
      expect((await made.run([2n, message])).failing[0]).toBe('F/bit 0 of byte 0 is a bit');
    }
  });

  it('leaves nothing free but the message, whose hash comes out', async () => {
    const made = hashStep(1, pallasBase);
    const places = [0, 4, 7];
    const bits = places.map((i) => `F/bit ${i} of byte 0`);
    const lies = [...bits.map((name) => made.variable(name)), ...sample(made.names.length, 3, 'hash')];
    const { free, outputs } = await made.deceive([2n, 0n], lies);
    expect(free).toEqual(bits);
    const hashes = [0, ...places.map((i) => 0x80 >> i)].map((byte) => hashOf(pallasBase, [BigInt(byte)]));
    expect(new Set(outputs.flat())).toEqual(new Set(hashes));
  });
});

describe('built-in circuits', () => {
  it.each([
    ['trivial', 0, 0, 1],
    ['cubic', 3, 3, 1],
    ['square:0', 0, 0, 1],
    ['square:17', 17, 17, 1],
    ['minroot:0', 0, 0, 2],
    ['minroot:11', 33, 33, 2],
    ['wide:1', 1, 1, 1],
    ['wide:9', 9, 9, 9],
  ])(
    '%s adds %d constraints and %d variables to a circuit of arity %d',
    (name, constraints, variables, arity) => {
      const { matrices } = stepOf(name, pallasBase).circuit;
      // the harness has one variable and one constraint for each element of z
      expect([matrices.constraints - arity, matrices.variables - arity]).toEqual([constraints, variables]);
      const circuit = builtinCircuit(name);
      expect([circuit.arity, circuit.z0.length]).toEqual([arity, arity]);
    },
  );

  it.each(['cubic', 'square:4', 'minroot:2', 'wide:3'])('%s leaves nothing free', async (name) => {
    const z = builtinCircuit(name).z0.map((x) => x + 2n);
    expect((await stepOf(name, pallasBase).deceive(z)).free).toEqual([]);
  });

  it('lists the forms of their names', () => {
    expect(BUILTIN_CIRCUITS.map(({ form }) => form)).toEqual([
      'trivial',
      'cubic',
      'square:N',
      'minroot:N',
      'wide:N',
      'sha256:N',
    ]);
  });

  it.each([
    ['trivial', 'trivial'],
    ['minroot:0064', 'minroot:64'],
    ['square:0', 'square:0'],
    ['square:16777216', 'square:16777216'],
  ])('%s has the name %s', (given, name) => {
    expect(builtinCircuit(given).name).toBe(name);
  });

  it.each([
    '',
    'Cubic',
    'cubics',
    'cubic:3',
    'minroot',
    'minroot:',
    'minroot:1e3',
    'minroot:-1',
    'minroot:1:2',
  ])('there is no %j', async (name) => {
    expect(await codeOf(() => builtinCircuit(name))).toBe('UnknownCircuit');
  });

  it.each(['toString', 'constructor', '__proto__', 'minroot:12345678901', ' cubic', 'cubic\n', 'minroot:１'])(
    'there is no %j either',
    async (name) => {
      const error = await novaError(() => builtinCircuit(name));
      expect(error.code).toBe('UnknownCircuit');
      expect(error.message).toContain('trivial, cubic, square:N, minroot:N, wide:N, sha256:N');
    },
  );

  it.each(['wide:0', 'sha256:65537', 'square:16777217', 'minroot:9999999999'])(
    '%s is out of range',
    async (name) => {
      expect(await codeOf(() => builtinCircuit(name))).toBe('InvalidArgument');
    },
  );

  it('minroot refuses a field where fifth roots are not unique', async () => {
    const F = new PrimeField('F31', 31n);
    expect(await codeOf(() => stepOf('minroot:1', F))).toBe('SynthesisError');
  });
});
