import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILTIN_CIRCUITS, builtinCircuit } from '../../src/circuit/builtin.ts';
import { PrimeField } from '../../src/field/field.ts';
import { FIELDS, pallasBase } from '../../src/field/fields.ts';
import { element } from '../field/arbitrary.ts';
import { codeOf, novaError } from '../support/error.ts';
import { Gadget } from './gadget.ts';

const stepOf = (name: string, F: PrimeField) => {
  const circuit = builtinCircuit(name);
  return new Gadget(F, circuit.arity, (cs, z) => circuit.synthesize(cs.ns('F'), z, {}));
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
      expect(error.message).toContain('trivial, cubic, square:N, minroot:N, wide:N');
    },
  );

  it.each(['wide:0', 'square:16777217', 'minroot:9999999999'])('%s is out of range', async (name) => {
    expect(await codeOf(() => builtinCircuit(name))).toBe('InvalidArgument');
  });

  it('minroot refuses a field where fifth roots are not unique', async () => {
    const F = new PrimeField('F31', 31n);
    expect(await codeOf(() => stepOf('minroot:1', F))).toBe('SynthesisError');
  });
});
