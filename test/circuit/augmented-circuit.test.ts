import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { builtinCircuit } from '../../src/circuit/builtin.ts';
import { trivialCircuit, type StepCircuit } from '../../src/circuit/step-circuit.ts';
import { IDENTITY, type Curve } from '../../src/curve/curve.ts';
import { pallas, vesta } from '../../src/curve/curves.ts';
import { CURVE_PAIRS } from '../support/cycles.ts';
import { insecureSeededRng, randomElement } from '../../src/field/random.ts';
import { nonZeros } from '../../src/field/sparse.ts';
import { augment, type AugmentedCircuit, type AugmentedInputs } from '../../src/nova/augmented-circuit.ts';
import { NUM_HASH_BITS } from '../../src/hash/digest.ts';
import { foldingChallenge, publicHash } from '../../src/nova/oracle.ts';
import { defaultInstance, foldInstances, relax } from '../../src/r1cs/instance.ts';
import { codeOf, novaError } from '../support/error.ts';
import { acceptedChanges, acceptedLies, patched, sample, withNames } from './mutate.ts';
import { assign, failingPaths, failingRows } from './satisfied.ts';

type Name = 'primary' | 'secondary';

/** The two circuits of a cycle, each with the curve whose instances it folds. */
const CIRCUITS = CURVE_PAIRS.flatMap(({ name: cycle, primary, secondary }) => [
  { cycle, name: 'primary' as Name, curve: secondary },
  { cycle, name: 'secondary' as Name, curve: primary },
]);
const PASTA = CIRCUITS.filter(({ cycle }) => cycle === 'pasta');

/** Inputs of a later step, as a run would give them, but with random instances: the circuit opens no commitment. */
function laterStep(curve: Curve, arity = 1, seed = 'later step') {
  const rng = insecureSeededRng(seed);
  const base = () => randomElement(curve.base, rng);
  const scalar = () => randomElement(curve.scalar, rng);
  const point = () => curve.mul(scalar(), curve.generator);
  const bits = (x: bigint) => BigInt.asUintN(NUM_HASH_BITS, x);
  const state = () => Array.from({ length: arity }, base);
  const step = {
    digest: bits(base()),
    i: 7n,
    z0: state(),
    zi: state(),
    // u is a sum of challenges, far from either modulus
    U: { commW: point(), commE: point(), u: BigInt.asUintN(140, scalar()), X: [scalar(), scalar()] },
    ri: base(),
    rNext: base(),
    commT: point(),
  };
  return withHash(curve, { ...step, u: { commW: point(), X: [0n, bits(base())] } });
}

type Later = Required<Omit<AugmentedInputs, 'private'>> & {
  [K in 'U' | 'u' | 'commT' | 'zi' | 'ri']: NonNullable<AugmentedInputs[K]>;
};

/** The same with u.X0 = H(digest, i, z0, zi, U, ri), as the circuit wants it. */
function withHash(curve: Curve, a: Later): Later {
  const hash = publicHash(curve, a.digest, Number(a.i), a.z0, a.zi, a.U, a.ri);
  return { ...a, u: { ...a.u, X: [hash, a.u.X[1]] } };
}

function baseCase(name: Name, curve: Curve, arity = 1): AugmentedInputs {
  const { digest, z0, rNext, u } = laterStep(curve, arity);
  return { digest, i: 0n, z0, rNext, ...(name === 'secondary' && { u }) };
}

/** What the circuit's public inputs must be, by the native folding and hashing. */
function expectedX(curve: Curve, name: Name, a: AugmentedInputs, zNext: readonly bigint[]): bigint[] {
  const u = a.u ?? { commW: IDENTITY, X: [0n, 0n] };
  const fresh = name === 'primary' ? defaultInstance(2) : relax(u);
  const T = a.commT ?? IDENTITY;
  const U = a.i === 0n ? fresh : foldInstances(curve, a.U!, u, T, foldingChallenge(curve, a.digest, u, T));
  return [u.X[1], publicHash(curve, a.digest, Number(a.i) + 1, a.z0, zNext, U, a.rNext)];
}

const cubed = (curve: Curve, z: bigint) => (z ** 3n + z + 5n) % curve.base.p;

/** Everything that the digest of the parameters, and an engine, see of a circuit. */
function fingerprint({ matrices: m, program }: AugmentedCircuit): string {
  const hash = createHash('sha256');
  for (const M of [m.A, m.B, m.C]) hash.update(M.rowPtr).update(M.columns).update(M.coefficients);
  hash.update(program.code);
  const { variables, inputs, constants, slots, exponents, outputs } = program;
  hash.update([m.constraints, m.variables, m.io, variables, inputs, slots].join());
  for (const list of [m.dictionary, constants, exponents, outputs]) hash.update(`[${list.join()}]`);
  return hash.digest('hex');
}

const equalCoordinates = (...additions: string[]) =>
  additions.flatMap((addition) => [`${addition}/equal x/t`, `${addition}/equal y/t`]);

/**
 * Variables that a prover may change alone: the t of isEqual wherever its operands agree. Both points are the identity
 * there, or 0 = 0 is compared.
 */
const FREE_IN_BASE_CASE: Readonly<Record<Name, readonly string[]>> = {
  primary: [
    'is base case/t',
    ...equalCoordinates('fold/r u.commW/acc - P', 'fold/commW + r u.commW'),
    ...equalCoordinates('fold/r T/acc - P', 'fold/commE + r T'),
  ],
  secondary: ['is base case/t', ...equalCoordinates('fold/r T/acc - P', 'fold/commE + r T')],
};

/** The same where the hash matches; and the limbs of the default instance's X, which only the base case selects. */
const FREE_IN_LATER_STEPS: Readonly<Record<Name, readonly string[]>> = {
  primary: [
    'u.X0 = input hash/t',
    ...['X0', 'X1'].flatMap((X) => [0, 1, 2, 3].map((limb) => `base case/${X}/limb ${limb}`)),
  ],
  secondary: ['u.X0 = input hash/t'],
};

// nova-snark asserts the constraints (src/nova/mod.rs); the rest follows from the digests that it asserts
const COUNTS: Readonly<Record<string, readonly number[]>> = {
  'pasta primary': [9818, 9810, 70490, 43596, 9803],
  'pasta secondary': [10349, 10331, 72548, 44127, 9812],
  'bn-ipa primary': [9986, 9978, 70481, 43764, 9972],
  'bn-ipa secondary': [10538, 10520, 72539, 44316, 10002],
  'secp primary': [10265, 10257, 70499, 44043, 10251],
  'secp secondary': [10961, 10943, 72557, 44739, 10425],
};

describe.each(CIRCUITS)('augmented circuit: $cycle $name', ({ cycle, name, curve }) => {
  const trivial = augment(name, curve, trivialCircuit);
  const cubic = augment(name, curve, builtinCircuit('cubic'));

  it('has the shape of nova-snark', () => {
    const shape = ({ matrices: m }: AugmentedCircuit) => [
      m.constraints,
      m.variables,
      ...[m.A, m.B, m.C].map(nonZeros),
    ];
    expect(shape(trivial)).toEqual(COUNTS[`${cycle} ${name}`]);
    expect(trivial.matrices.io).toBe(2);
    expect(shape(cubic).slice(0, 2)).toEqual(COUNTS[`${cycle} ${name}`].slice(0, 2).map((n) => n + 3));
  });

  it('takes the base case, and puts out the hash of the first running instance', async () => {
    const inputs = baseCase(name, curve);
    const { z, outputs } = await assign(cubic, cubic.pack(inputs));
    expect(failingRows(cubic, z)).toEqual([]);
    expect(outputs).toEqual([cubed(curve, inputs.z0[0])]);
    expect(z.slice(-2)).toEqual(expectedX(curve, name, inputs, outputs));
  });

  it('takes a later step, and puts out the hash of the folded instance', async () => {
    const plain = laterStep(curve);
    const steps: Later[] = [
      plain,
      { ...plain, commT: IDENTITY },
      { ...plain, commT: IDENTITY, U: defaultInstance(2) },
      { ...plain, u: { ...plain.u, commW: IDENTITY } },
      { ...plain, u: { ...plain.u, commW: plain.U.commW }, commT: curve.neg(plain.U.commE) },
      // public inputs that overflow the modulus when they are folded
      { ...plain, U: { ...plain.U, X: [curve.scalar.p - 1n, curve.scalar.p - 1n] } },
    ];
    for (const step of steps) {
      const inputs = withHash(curve, step);
      const { z, outputs } = await assign(cubic, cubic.pack(inputs));
      expect(failingRows(cubic, z)).toEqual([]);
      expect(outputs).toEqual([cubed(curve, inputs.zi[0])]);
      expect(z.slice(-2)).toEqual(expectedX(curve, name, inputs, outputs));
    }
  });

  it('has one shape and one program, however often it is made and whatever it has run', () => {
    const again = augment(name, curve, builtinCircuit('cubic'));
    expect(fingerprint(again)).toBe(fingerprint(cubic)); // `cubic` has run the steps above
  });

  it('leaves nothing free that decides the next instance', async () => {
    const { result: circuit, names } = withNames(() => augment(name, curve, builtinCircuit('cubic')));
    for (const [inputs, expected] of [
      [baseCase(name, curve), FREE_IN_BASE_CASE[name]],
      [laterStep(curve), FREE_IN_LATER_STEPS[name]],
    ] as const) {
      const { z } = await assign(circuit, circuit.pack(inputs));
      const free = new Set(acceptedChanges(circuit, z).map(({ variable }) => names[variable]));
      expect([...free].sort()).toEqual([...expected].sort());
    }
  });
});

/** What the prover gives, in the order of `pack`, and what stands in the way of changing it in a later step. */
const HASHED = 'base case or hash matches';
const onCurve = (path: string) => `inputs/${path} on curve/y^2 (1 - infinity) = rhs`;
const INPUTS: readonly [name: string, obstacle: string | undefined][] = [
  ...['digest', 'i', 'z0', 'zi'].map((name): [string, string] => [name, HASHED]),
  ...['commW', 'commE'].flatMap((P) =>
    ['x', 'y', 'infinity'].map((c): [string, string] => [`U.${P}.${c}`, HASHED]),
  ),
  ['U.u', HASHED],
  ...[0, 1].flatMap((k) => [0, 1, 2, 3].map((limb): [string, string] => [`U.X${k}[${limb}]`, HASHED])),
  ['ri', HASHED],
  // a blind of the prover's choice; it changes the public inputs
  ['rNext', undefined],
  ['u.commW.x', onCurve('u/commW')],
  ['u.commW.y', onCurve('u/commW')],
  // the identity may be claimed: it changes the public inputs
  ['u.commW.infinity', undefined],
  ['u.X0', HASHED],
  // passed through to the public inputs
  ['u.X1', undefined],
  ['T.x', onCurve('T')],
  ['T.y', onCurve('T')],
  ['T.infinity', undefined],
];

describe.each(PASTA)('augmented circuit: what binds a prover ($name)', ({ name, curve }) => {
  const { result: circuit, names } = withNames(() => augment(name, curve, builtinCircuit('cubic')));
  const later = circuit.pack(laterStep(curve));

  it.each(INPUTS.map(([input, obstacle], k) => ({ input, obstacle, k })))(
    'a later step with another $input',
    async ({ obstacle, k }) => {
      expect(later).toHaveLength(INPUTS.length);
      const changed = later.map((x, j) => (j === k ? curve.base.add(x, 1n) : x));
      const { z } = await assign(circuit, changed);
      expect(failingRows(circuit, z).map(({ path }) => path)).toEqual(
        obstacle === undefined ? [] : [obstacle],
      );
      if (obstacle !== undefined) return;
      expect(z.slice(-2)).not.toEqual((await assign(circuit, later)).z.slice(-2));
    },
  );

  it('a later step in which one variable is another and everything behind it follows', async () => {
    const { z } = await assign(circuit, later);
    const chosen = sample(names.length, 12, `lies in the ${name} circuit`);
    expect(await acceptedLies(circuit, later, z, chosen)).toEqual([]);
  });
});

// As in nova-snark, whose X of the default instance is allocated and not constrained; a relaxed instance with another X
// is one that the prover must satisfy.
it('the primary base case lets a prover start from another X, which shows in the public inputs', async () => {
  const { result: circuit, names } = withNames(() => augment('primary', vesta, trivialCircuit));
  const inputs = baseCase('primary', vesta);
  const limb = names.indexOf('base case/X0/limb 0');
  const program = patched(circuit.program, [limb], () => [5n]);
  const { z, outputs } = await assign({ ...circuit, program }, circuit.pack(inputs));
  expect(failingRows(circuit, z)).toEqual([]);
  const U = { ...defaultInstance(2), X: [5n, 0n] };
  const hash = publicHash(vesta, inputs.digest, 1, inputs.z0, outputs, U, inputs.rNext);
  expect(z.slice(-2)).toEqual([0n, hash]);
});

describe('augmented circuit: step circuits', () => {
  /** z' = z + the inverses of two private inputs, found by a hint. */
  const inverses = (hint: (...xs: bigint[]) => bigint[]): StepCircuit => ({
    arity: 1,
    inputs: { second: 1, first: 2 },
    synthesize(cs, [z], { first, second }) {
      const given = [...first, ...second].map((value, i) => cs.alloc(`given ${i}`, value));
      const found = cs.values
        .hint(hint, given.slice(0, 2), 2)
        .map((value, i) => cs.alloc(`inverse ${i}`, value));
      found.forEach((inverse, i) => cs.enforce(`inverse ${i}`, inverse, given[i], cs.one));
      return [cs.add('sum', cs.add('z + a', z, found[0]), cs.mul('b c', found[1], given[2]))];
    },
  });
  const F = vesta.base;
  const honest = (...xs: bigint[]) => xs.map((x) => F.inv(x));
  const inputs = (given: AugmentedInputs['private']) => ({ ...baseCase('primary', vesta), private: given });

  it('take private inputs in the order of their declaration', async () => {
    const circuit = augment('primary', vesta, inverses(honest));
    const given = inputs({ first: [3n, 5n], second: [7n] });
    expect(circuit.packHead(given).slice(-3)).toEqual([7n, 3n, 5n]);
    const packed = circuit.pack(given);
    const { z, outputs } = await assign(circuit, packed);
    expect(failingRows(circuit, z)).toEqual([]);
    const z0 = baseCase('primary', vesta).z0[0];
    expect(outputs).toEqual([(z0 + F.inv(3n) + F.inv(5n) * 7n) % F.p]);
  });

  it.each<[string, AugmentedInputs['private'], string]>([
    ['missing', { first: [3n, 5n] }, 'InvalidInputLength'],
    ['all missing', undefined, 'InvalidInputLength'],
    ['too short', { first: [3n], second: [7n] }, 'InvalidInputLength'],
    ['too long', { first: [3n, 5n, 6n], second: [7n] }, 'InvalidInputLength'],
    ['not declared', { first: [3n, 5n], second: [7n], third: [] }, 'InvalidInputLength'],
    ['inherited only', Object.create({ first: [3n, 5n], second: [7n] }), 'InvalidInputLength'],
    ['not below p', { first: [3n, F.p], second: [7n] }, 'InvalidFieldElement'],
    ['negative', { first: [3n, -1n], second: [7n] }, 'InvalidFieldElement'],
  ])('refuse private inputs that are %s', async (_, given, code) => {
    const circuit = augment('primary', vesta, inverses(honest));
    const error = await novaError(() => circuit.pack(inputs(given)));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/first|second|third/);
  });

  it('name the constraint that a wrong hint breaks', async () => {
    const circuit = augment(
      'primary',
      vesta,
      inverses((a, b) => [F.inv(a), b]),
    );
    const packed = circuit.pack(inputs({ first: [3n, 5n], second: [7n] }));
    expect(await failingPaths(circuit, packed)).toEqual(['F/inverse 1']);
  });

  it('report a hint that throws, with its cause', async () => {
    const circuit = augment('primary', vesta, inverses(honest));
    const packed = circuit.pack(inputs({ first: [0n, 5n], second: [7n] }));
    const error = await novaError(() => assign(circuit, packed));
    expect([error.code, (error.cause as { code: string }).code]).toEqual([
      'StepCircuitError',
      'DivisionByZero',
    ]);
  });

  it('have one shape, whatever their hints do', () => {
    const other = () => {
      throw new Error('never called during synthesis');
    };
    const [a, b] = [honest, other].map((hint) => augment('primary', vesta, inverses(hint)));
    expect(fingerprint(a)).toBe(fingerprint(b));
    expect(fingerprint(a)).not.toBe(fingerprint(augment('primary', pallas, inverses(honest))));
  });

  it('must return their arity and leave the public inputs alone', async () => {
    const two: StepCircuit = { arity: 1, synthesize: (_, [z]) => [z, z] };
    expect(await codeOf(() => augment('primary', vesta, two))).toBe('InvalidStepOutputLength');
    const greedy: StepCircuit = {
      arity: 1,
      synthesize(cs, [z]) {
        cs.inputize('mine', z);
        return [z];
      },
    };
    expect(await codeOf(() => augment('primary', vesta, greedy))).toBe('InvalidStepCircuitIO');
  });

  it('of other arities hash and pass on their whole state', async () => {
    const circuit = augment('primary', vesta, builtinCircuit('wide:3'));
    for (const given of [baseCase('primary', vesta, 3), laterStep(vesta, 3)]) {
      const { z, outputs } = await assign(circuit, circuit.pack(given));
      expect(failingRows(circuit, z)).toEqual([]);
      const from = given.zi ?? given.z0;
      expect(outputs).toEqual(from.map((a, k) => (a * from[(k + 1) % 3] + 1n) % F.p));
      expect(z.slice(-2)).toEqual(expectedX(vesta, 'primary', given, outputs));
    }
  });
});
