/** Folding with random relaxed instances, on a circuit of a few constraints. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConstraintSystem } from '../../src/circuit/constraint-system.ts';
import type { Curve } from '../../src/curve/curve.ts';
import { CURVES } from '../../src/curve/curves.ts';
import { insecureSeededRng, RandomElements } from '../../src/field/random.ts';
import type { Backend } from '../../src/index.ts';
import { NIFSRelaxed, type RelaxedWitness } from '../../src/nova/nifs-relaxed.ts';
import type { RunningBuffers, RunningWitness } from '../../src/nova/nifs.ts';
import type { Side } from '../../src/nova/params.ts';
import { sampleRandomInstance } from '../../src/nova/random-instance.ts';
import { derandomize, type RelaxedInstance } from '../../src/r1cs/instance.ts';
import { get } from '../backend/suite/tools.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';

const CK = new TextEncoder().encode('ck');
const DIGEST = 0x1234_5678n;
const SEED = 'relaxed instances';

let backend: Backend;
beforeAll(async () => (backend = await testBackend('reference')));
afterAll(() => backend?.close());

/** y = x^3 + 5 x in three constraints, with x and y public. */
async function sideOf(curve: Curve): Promise<Side> {
  const cs = new ConstraintSystem(curve.scalar);
  const x = cs.alloc('x', cs.values.input());
  const x3 = cs.mul('x3', cs.square('x2', x), x);
  const y = cs.alloc('y', cs.values.add(x3, cs.values.mul(x, cs.values.constant(5n))));
  cs.enforce('y = x3 + 5 x', cs.lc(x3).add(x, 5n), cs.one, y);
  cs.inputize('x', x);
  cs.inputize('y', y);
  const { matrices: shape } = cs.finish();
  const bases = await backend.bases(curve, CK, 8);
  // a folding scheme looks at nothing else
  return {
    curve,
    bases,
    matrices: backend.matrices(shape),
    circuit: { name: 'primary', matrices: shape },
  } as Side;
}

function buffersOf({ circuit: { matrices: m } }: Side): RunningBuffers {
  const vec = (n: number, label: string) => backend.vector(m.field, n, label);
  const products = {
    AZ: vec(m.constraints, 'AZ'),
    BZ: vec(m.constraints, 'BZ'),
    CZ: vec(m.constraints, 'CZ'),
  };
  return { W: vec(m.variables, 'W'), E: vec(m.constraints, 'E'), products };
}

async function sample(
  side: Side,
  random: RandomElements,
): Promise<{ U: RelaxedInstance; W: RunningWitness }> {
  const { u, X, W, ...pending } = await sampleRandomInstance(backend, side, random, buffersOf(side), {});
  const [commW, commE] = await backend.read([pending.commW, pending.commE]);
  return { U: { commW, commE, u, X }, W };
}

/** Whether W satisfies U and opens its commitments. */
async function expectSatisfied(side: Side, U: RelaxedInstance, W: RelaxedWitness): Promise<void> {
  const { products } = buffersOf(side);
  backend.products(products, side.matrices, W.W, U.u, U.X);
  const [row, commW, commE] = await backend.read([
    backend.firstUnsatisfied(products, U.u, W.E),
    backend.commit(side.bases, W.W, W.rW),
    backend.commit(side.bases, W.E, W.rE),
  ]);
  expect(row).toBe(-1);
  expect(commW).toEqual(U.commW);
  expect(commE).toEqual(U.commE);
}

describe.each(CURVES.map((curve) => ({ name: curve.name, curve })))('on $name', ({ curve }) => {
  it('a random instance is satisfied by its witness and opens to it', async () => {
    const side = await sideOf(curve);
    const { U, W } = await sample(side, new RandomElements(insecureSeededRng(SEED)));
    await expectSatisfied(side, U, W);
  });

  it('two of them fold to one that is satisfied, without its blinds too; the verifier arrives at the same', async () => {
    const side = await sideOf(curve);
    const F = curve.scalar;
    const random = new RandomElements(insecureSeededRng(SEED));
    const [a, b] = [await sample(side, random), await sample(side, random)];
    const nifs = new NIFSRelaxed(backend, side, DIGEST);
    const T = backend.vector(F, side.circuit.matrices.constraints, 'T');
    const rT = random.next(F);
    const [commT] = await backend.read([nifs.commitCrossTerm(T, rT, a.U.u, a.W, b.U.u, b.W)]);

    const { U, W } = nifs.prove(a.U, a.W, b.U, b.W, { T, rT, commT }, buffersOf(side));
    await expectSatisfied(side, U, W);
    expect(NIFSRelaxed.verify(curve, DIGEST, a.U, b.U, commT)).toEqual(U);

    const h = curve.fromXY((await backend.saveBases(side.bases)).subarray(0, 64));
    await expectSatisfied(side, derandomize(curve, h, U, W.rW, W.rE), { ...W, rW: 0n, rE: 0n });
  });
});

describe('the fold', () => {
  it('may write the vectors of the first witness, and otherwise leaves them as they are', async () => {
    const side = await sideOf(CURVES[0]);
    const random = new RandomElements(insecureSeededRng(SEED));
    const [a, b] = [await sample(side, random), await sample(side, random)];
    const nifs = new NIFSRelaxed(backend, side, DIGEST);
    const T = backend.vector(CURVES[0].scalar, side.circuit.matrices.constraints, 'T');
    const [commT] = await backend.read([nifs.commitCrossTerm(T, 7n, a.U.u, a.W, b.U.u, b.W)]);
    const before = await get(backend, a.W.W);
    const apart = nifs.prove(a.U, a.W, b.U, b.W, { T, rT: 7n, commT }, buffersOf(side));
    expect(await get(backend, a.W.W)).toEqual(before);
    const inPlace = nifs.prove(a.U, a.W, b.U, b.W, { T, rT: 7n, commT }, a.W);
    expect(await get(backend, inPlace.W.W)).toEqual(await get(backend, apart.W.W));
    expect(await get(backend, inPlace.W.E)).toEqual(await get(backend, apart.W.E));
  });

  it('depends on all that both instances and the cross term consist of', async () => {
    const [curve] = CURVES;
    const side = await sideOf(curve);
    const random = new RandomElements(insecureSeededRng(SEED));
    const [{ U: U1 }, { U: U2 }] = [await sample(side, random), await sample(side, random)];
    const commT = curve.mul(9n, curve.generator);
    // u of the result is u1 + r u2, which tells r
    const challenge = (digest: bigint, V1: RelaxedInstance, V2: RelaxedInstance, T = commT) => {
      const { u } = NIFSRelaxed.verify(curve, digest, V1, V2, T);
      return curve.scalar.mul(curve.scalar.sub(u, V1.u), curve.scalar.inv(V2.u));
    };
    const P = curve.generator;
    const edits = (U: RelaxedInstance): RelaxedInstance[] => [
      { ...U, commW: curve.add(U.commW, P) },
      { ...U, commE: curve.add(U.commE, P) },
      { ...U, u: curve.scalar.add(U.u, 1n) },
      { ...U, X: [curve.scalar.add(U.X[0], 1n), U.X[1]] },
      { ...U, X: [U.X[0], curve.scalar.add(U.X[1], 1n)] },
    ];
    const challenges = [
      challenge(DIGEST, U1, U2),
      challenge(DIGEST + 1n, U1, U2),
      challenge(DIGEST, U1, U2, curve.add(commT, P)),
      ...edits(U1).map((V) => challenge(DIGEST, V, U2)),
      ...edits(U2).map((V) => challenge(DIGEST, U1, V)),
      challenge(DIGEST, U2, U1),
    ];
    expect(new Set(challenges).size).toBe(challenges.length);
  });
});

describe('a random source', () => {
  const repeating = (): Uint8Array => Uint8Array.from({ length: 64 }, (_, i) => i);

  it.each([
    [
      'throws',
      () => {
        throw new Error('no entropy');
      },
    ],
    ['runs short', (n: number) => insecureSeededRng('short').bytes(n - 1)],
    ['is constant', (n: number) => new Uint8Array(n).fill(7)],
    ['repeats a block', (n: number) => Uint8Array.from({ length: n }, (_, i) => repeating()[i % 64])],
  ] as [string, (n: number) => Uint8Array][])(
    'that %s is refused, and no witness is written',
    async (_, bytes) => {
      const side = await sideOf(CURVES[0]);
      const out = buffersOf(side);
      const random = new RandomElements({ bytes });
      expect(await codeOf(() => sampleRandomInstance(backend, side, random, out, {}))).toBe(
        'RandomnessFailure',
      );
      expect(new Set(await get(backend, out.W))).toEqual(new Set([0n]));
    },
  );

  it('that returns the same bytes in every call is refused at the second', async () => {
    const random = new RandomElements({ bytes: repeating });
    random.next(CURVES[0].scalar);
    expect(await codeOf(() => random.next(CURVES[0].scalar))).toBe('RandomnessFailure');
  });

  it('is read in one order, whatever is asked for at a time', async () => {
    const F = CURVES[0].scalar;
    const atOnce = await new RandomElements(insecureSeededRng(SEED)).vector(F, 2500);
    const single = new RandomElements(insecureSeededRng(SEED));
    for (let i = 0; i < 2500; i++)
      expect(F.fromBytes(atOnce.subarray(32 * i, 32 * i + 32))).toBe(single.next(F));
  });
});
