/** Honest proofs under statements that they do not prove, and proofs put together from others. */
import type { Backend } from '../../src/backend/backend.ts';
import { IDENTITY } from '../../src/curve/curve.ts';
import { builtinCircuit, CompressedSNARK, DirectSNARK } from '../../src/index.ts';
import { encodeCompressedProof, type CompressedProof } from '../../src/nova/compressed-proof.ts';
import { verifyCompressed } from '../../src/nova/compressed-verifier.ts';
import { decodeState, encodeState, type RecursiveState } from '../../src/nova/recursive-state.ts';
import { verifyState } from '../../src/nova/recursive-verifier.ts';
import { ptauFrom } from '../../src/pcs/ptau.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { testPtau } from '../support/ptau.ts';
import type { VerifierKey } from '../../src/nova/verifier-key.ts';
import type { Cycle } from '../../src/curve/cycles.ts';
import { leavesOf, replace, resized, valueOf } from '../nova/layout.ts';
import type { Attempt } from './hostile.ts';
import { OpenCycle } from './open-cycle.ts';
import { STATEMENT } from './open-subjects.ts';

export async function statements(backend: Backend): Promise<{ list: Attempt[]; close(): void }> {
  const open = await OpenCycle.open(backend, 'pasta', 'snark');
  const wide = await OpenCycle.open(backend, 'pasta', 'snark', { arity: 2 });
  const pp = await OpenCycle.open(backend, 'pasta', 'ppsnark2');
  const kzg = await OpenCycle.open(backend, 'bn-kzg', 'snark');
  const ipa = await OpenCycle.open(backend, 'bn-ipa', 'snark');
  const direct = await DirectSNARK.setup(builtinCircuit('cubic'), { backend });
  const directPp = await DirectSNARK.setup(builtinCircuit('cubic'), { backend, snark: 'ppsnark' });
  const directIpa = await DirectSNARK.setup(builtinCircuit('cubic'), { backend, cycle: 'bn-ipa' });
  const ptau = ptauFrom(await testPtau(4));
  const directKzg = await DirectSNARK.setup(builtinCircuit('cubic'), { backend, cycle: 'bn-kzg', ptau });
  const directKeys = [direct, directPp, directIpa, directKzg].flatMap(({ pk, vk }) => [pk, vk]);
  const made = [open, wide, pp, kzg, ipa, ...directKeys];
  return {
    list: [
      ...(await compressed(open, wide, pp, ipa, kzg)),
      ...(await recursive(open, wide)),
      ...(await directly(direct, directPp, directIpa, directKzg)),
    ],
    close: () => made.forEach((thing) => thing.close()),
  };
}

const HASHES = ['hashPrimary !== E2.base.reduce', 'hashSecondary !== '];

async function compressed(
  open: OpenCycle,
  wide: OpenCycle,
  pp: OpenCycle,
  ipa: OpenCycle,
  kzg: OpenCycle,
): Promise<Attempt[]> {
  const { steps, z0, zn } = STATEMENT;
  const proof = await open.prove(STATEMENT, 'compressed');
  const another = await open.prove({ ...STATEMENT, zn: [4n] }, 'another');
  const verify = (p: CompressedProof, n = steps, z = z0, vk: VerifierKey = open.vk) =>
    verifyCompressed(vk, p, n, z, {});
  const attempt = (name: string, run: () => Promise<unknown>, more: Partial<Attempt> = {}): Attempt => ({
    name: `compressed: ${name}`,
    code: 'ProofVerifyError',
    run,
    ...more,
  });
  // the prover chooses all that the hashes are about
  const none = await open.prove({ ...STATEMENT, steps: 0 }, 'none');
  const long = await open.prove({ ...STATEMENT, z0: [2n, 3n] }, 'long');
  const longEnd = await open.prove({ ...STATEMENT, zn: [2n, 3n] }, 'long end');
  const two = await wide.prove({ steps, z0: [1n, 2n], zn: [3n, 4n] }, 'two');
  const shifted: CompressedProof = { ...two, zn: [4n] };
  const encoded = (cycle: OpenCycle, p: CompressedProof) =>
    encodeCompressedProof(cycle.cycle, cycle.vk.verifiers, p);
  const ofIpa = encoded(ipa, await ipa.prove(STATEMENT, 'ipa'));
  return [
    attempt('other steps', () => verify(proof, steps + 1), { against: [HASHES[0], HASHES[1]] }),
    attempt('another start', () => verify(proof, steps, [3n]), { against: [HASHES[0]] }),
    attempt('another end', () => verify({ ...proof, zn: [10n] }), { against: [HASHES[0]] }),
    attempt('no steps', () => verify(none, 0), { against: ['numSteps === 0'] }),
    attempt('steps that are no whole number', () => verify(proof, 3.5), { code: 'InvalidNumSteps' }),
    attempt('fewer steps than none', () => verify(proof, -1), { code: 'InvalidNumSteps' }),
    attempt('a start of two elements', () => verify(long, steps, [2n, 3n]), {
      against: ['z0.length !== vk.arity'],
    }),
    attempt('an end of two elements', () => verify(longEnd), { against: ['proof.zn.length !== vk.arity'] }),
    attempt(
      'an element of the end as one of the start (A3)',
      () => verify(shifted, steps, [1n, 2n, 3n], wide.vk),
      {
        against: ['z0.length !== vk.arity', 'proof.zn.length !== vk.arity'],
      },
    ),
    attempt('a start that is no element', () => verify(proof, steps, [2n + open.cycle.primary.scalar.p]), {
      code: 'InvalidFieldElement',
    }),
    attempt('a random instance with a public input more', () =>
      verify({ ...proof, lUrPrimary: { ...proof.lUrPrimary, X: [...proof.lUrPrimary.X, 0n] } }),
    ),
    attempt(
      'the primary strand of another (A1)',
      () =>
        verify({
          ...proof,
          rUPrimary: another.rUPrimary,
          lUrPrimary: another.lUrPrimary,
          commTUnPrimary: another.commTUnPrimary,
          rWnPrimary: another.rWnPrimary,
          rEnPrimary: another.rEnPrimary,
          snarkPrimary: another.snarkPrimary,
        }),
      { against: [HASHES[1]] },
    ),
    attempt(
      'the secondary strand of another (A1)',
      () =>
        verify({
          ...another,
          rUPrimary: proof.rUPrimary,
          lUrPrimary: proof.lUrPrimary,
          commTUnPrimary: proof.commTUnPrimary,
          rWnPrimary: proof.rWnPrimary,
          rEnPrimary: proof.rEnPrimary,
          snarkPrimary: proof.snarkPrimary,
          zn,
          riPrimary: proof.riPrimary,
          riSecondary: proof.riSecondary,
        }),
      { against: [HASHES[0], HASHES[1]] },
    ),
    attempt('another primary SNARK', () => verify({ ...proof, snarkPrimary: another.snarkPrimary }), {
      code: 'InvalidSumcheckProof',
      against: ['await verifiers.primary.verify'],
    }),
    attempt('another secondary SNARK', () => verify({ ...proof, snarkSecondary: another.snarkSecondary }), {
      code: 'InvalidSumcheckProof',
      against: ['await verifiers.secondary.verify'],
    }),
    attempt('with the key of another SNARK', () =>
      CompressedSNARK.decode(open.vk, encoded(open, proof)).verify(pp.vk, steps, z0),
    ),
    attempt('with the key of another cycle', () =>
      CompressedSNARK.decode(ipa.vk, ofIpa).verify(kzg.vk, steps, z0),
    ),
    attempt(
      'with a byte more',
      () =>
        CompressedSNARK.decode(open.vk, Uint8Array.from([...encoded(open, proof), 0])).verify(
          open.vk,
          steps,
          z0,
        ),
      { code: 'InvalidEncoding', against: ["r.end('the compressed proof')"] },
    ),
  ];
}

async function recursive(open: OpenCycle, wide: OpenCycle): Promise<Attempt[]> {
  const { steps, z0 } = STATEMENT;
  const bytes = await encodeState(open.pp, await open.state(STATEMENT, 'recursive'));
  const none = await encodeState(open.pp, await open.state({ ...STATEMENT, steps: 0 }, 'none'));
  const long = await encodeState(open.pp, await open.state({ ...STATEMENT, z0: [2n, 3n] }, 'long'));
  const longEnd = await encodeState(open.pp, await open.state({ ...STATEMENT, zn: [2n, 3n] }, 'long end'));
  const two = await encodeState(wide.pp, await wide.state({ steps, z0: [1n, 2n], zn: [3n, 4n] }, 'two'));
  const other = await encodeState(open.pp, await open.state({ ...STATEMENT, zn: [4n] }, 'other'));
  const verify = (
    raw: Uint8Array,
    change: Partial<RecursiveState> = {},
    n = steps,
    z: readonly bigint[] = z0,
    by = open,
  ) => verifyState(by.pp, by.buffers, { ...decodeState(by.pp, () => by.buffers, raw), ...change }, n, z, {});
  const attempt = (name: string, run: () => Promise<unknown>, more: Partial<Attempt> = {}): Attempt => ({
    name: `recursive: ${name}`,
    code: 'ProofVerifyError',
    run: async () => run(),
    ...more,
  });
  const widened = (U: { X: readonly bigint[] }) => ({ ...U, X: [...U.X, 0n] });
  const state = () => decodeState(open.pp, () => open.buffers, bytes);
  const leaf = (path: string) => leavesOf(open.cycle, bytes).find((l) => l.path === path)!;
  return [
    attempt('no steps', () => verify(none, {}, 0), { against: ['numSteps === 0'] }),
    attempt('other steps than its own', () => verify(bytes, { i: 4 }), { against: ['s.i !== numSteps'] }),
    attempt('another start', () => verify(bytes, { z0: [3n] }), {
      against: ['z0.every((z, k) => z === s.z0[k])'],
    }),
    attempt('a start of two elements', () => verify(long, {}, steps, [2n, 3n])),
    attempt('a start of two elements of one', () => verify(bytes, {}, steps, [2n, 3n])),
    attempt('a start of one element of two', () => verify(bytes, { z0: [2n, 3n] })),
    attempt('an end of two elements', () => verify(longEnd)),
    attempt('an end of two elements, decoded', () => verify(bytes, { zi: [9n, 9n] })),
    attempt(
      'an element of the end as one of the start (A3)',
      () => verify(two, { z0: [1n, 2n, 3n], zi: [4n] }, steps, [1n, 2n, 3n], wide),
      { against: ['s.z0.length === arity', 'z0.length === arity', 's.zi.length !== arity'] },
    ),
    attempt('a start of no elements', async () => {
      const state = await open.state({ ...STATEMENT, z0: [] }, 'no start');
      return verifyState(open.pp, open.buffers, { ...state, z0: [2n] }, steps, [], {});
    }),
    attempt('an end of two elements, decoded by nobody', async () => {
      const state = await open.state({ ...STATEMENT, zn: [2n, 3n] }, 'long end');
      return verifyState(open.pp, open.buffers, state, steps, z0, {});
    }),
    attempt('a last instance with a public input more', async () =>
      verify(bytes, { lUSecondary: widened(state().lUSecondary) as never }),
    ),
    attempt(
      'a witness that breaks a constraint, and opens its commitment',
      async () => {
        const state = await open.state(STATEMENT, 'unsatisfied', 5n);
        return verifyState(open.pp, open.buffers, state, steps, z0, {});
      },
      { code: 'UnSat', against: ['at !== -1'] },
    ),
    attempt('public inputs of another number', async () =>
      verify(bytes, { rUPrimary: widened(state().rUPrimary) as never }),
    ),
    attempt('another end', () => verify(bytes, { zi: [10n] }), { against: [HASHES[0]] }),
    attempt('another ri', () => verify(bytes, { riSecondary: 5n }), { against: [HASHES[1]] }),
    ...splices(open.cycle, bytes, other).map(({ name, mixed }) =>
      attempt(`${name} of another (A1)`, () => verify(mixed), { against: HASHES }),
    ),
    ...(
      [
        ['a start of two elements', long],
        ['an end of two elements', longEnd],
        ['more steps than can be counted', replace(bytes, leaf('i'), new Uint8Array(8).fill(255))],
        ['public inputs of another number', resized(bytes, leaf('r_U_primary.X'), 1)],
      ] as const
    ).map(([name, raw]) =>
      attempt(`${name}, decoded`, async () => decodeState(open.pp, () => open.buffers, raw)),
    ),
    attempt('the last instance of another', async () => {
      const { lUSecondary } = decodeState(open.pp, () => open.buffers, other);
      return verify(bytes, { lUSecondary });
    }),
  ];
}

/** All ways of putting parts of one state into another of as many steps (ePrint 2023/969). */
function splices(cycle: Cycle, into: Uint8Array, from: Uint8Array): { name: string; mixed: Uint8Array }[] {
  const parts: readonly (readonly [string, RegExp])[] = [
    ['primary strand', /^r_[WU]_primary/],
    ['secondary strand', /^r_[WU]_secondary/],
    ['ri', /^ri_/],
    ['last instance', /^l_[wu]_secondary/],
    ['end', /^zi$/],
  ];
  return Array.from({ length: 2 ** parts.length - 2 }, (_, k) => {
    const chosen = parts.filter((_part, bit) => ((k + 1) >> bit) & 1);
    const mixed = leavesOf(cycle, into)
      .filter(({ path }) => chosen.some(([, pattern]) => pattern.test(path)))
      .reduce((bytes, leaf) => replace(bytes, leaf, valueOf(from, leaf)), into);
    return { name: chosen.map(([name]) => name).join(', '), mixed };
  });
}

type DirectKeys = Awaited<ReturnType<typeof DirectSNARK.setup>>;

/**
 * A direct proof with four public inputs for a circuit that has two, and says nothing about the others. With preprocessing the key
 * does not tell: it has commitments to the padded matrices.
 */
async function widerProof({ pk, vk }: DirectKeys): Promise<{ bytes: Uint8Array; X: readonly bigint[] }> {
  const { curve, verifier } = vk;
  const { matrices: shape } = pk.circuit;
  return pk.use(async ({ backend, bases, witness }) => {
    const matrices = backend.matrices({ ...shape, io: 4 });
    const [W, E] = [
      backend.vector(curve.scalar, shape.variables, 'W'),
      backend.vector(curve.scalar, shape.constraints, 'E'),
    ];
    const step = await backend.generate(witness, pk.circuit.pack([2n], undefined), W, {});
    const X = [...step, 7n, 9n];
    const [commW] = await backend.read([backend.commit(bases, W, 0n)]);
    const keys = await pk.snark.setup(backend, { bases }, matrices);
    const proof = await pk.snark.prove(keys.pk, { commW, commE: IDENTITY, u: 1n, X }, { W, E });
    keys.pk.close();
    keys.vk.close();
    backend.free(matrices, W, E);
    const w = new ByteWriter().point(curve, commW).element(curve.scalar, 0n);
    verifier.writeProof(w, curve, proof);
    return { bytes: w.finish(), X };
  }, {});
}

async function directly(
  { pk, vk }: DirectKeys,
  pp: DirectKeys,
  ipa: DirectKeys,
  kzg: DirectKeys,
): Promise<Attempt[]> {
  const { proof } = await DirectSNARK.prove(pk, [2n]);
  const bytes = proof.encode();
  const preprocessed = (await DirectSNARK.prove(pp.pk, [2n])).proof;
  const ofIpa = (await DirectSNARK.prove(ipa.pk, [2n])).proof;
  const wider = await widerProof(pp);
  const attempt = (
    name: string,
    code: string,
    run: () => unknown,
    against: readonly string[] = [],
  ): Attempt => ({
    name: `direct: ${name}`,
    code,
    run: async () => run(),
    ...(against.length > 0 && { against }),
  });
  const verifyWider = (k: number) =>
    DirectSNARK.decode(pp.vk, wider.bytes).verify(pp.vk, wider.X.slice(0, k), wider.X.slice(k));
  const { p } = vk.curve.scalar;
  return [
    attempt('another end', 'InvalidSumcheckProof', () => proof.verify(vk, [2n], [16n])),
    attempt('no start', 'ProofVerifyError', () => proof.verify(vk, [], [2n, 15n])),
    attempt('nothing', 'ProofVerifyError', () => proof.verify(vk, [], [])),
    attempt('an end that is longer', 'ProofVerifyError', () => proof.verify(vk, [2n], [15n, 0n])),
    attempt('more elements', 'ProofVerifyError', () => proof.verify(vk, [2n, 0n], [15n, 0n])),
    attempt('more elements than fit', 'ProofVerifyError', () =>
      preprocessed.verify(pp.vk, Array(40).fill(0n), Array(40).fill(0n)),
    ),
    attempt('public inputs that the circuit does not have (A3)', 'ProofVerifyError', () => verifyWider(2), [
      'z.length !== vk.arity',
      'zNext.length !== vk.arity',
    ]),
    attempt('a start that is longer (A3)', 'ProofVerifyError', () => verifyWider(3), [
      'z.length !== vk.arity',
    ]),
    attempt('with the key of another cycle', 'ProofVerifyError', () => ofIpa.verify(kzg.vk, [2n], [15n])),
    attempt('a start that is no element', 'InvalidFieldElement', () => proof.verify(vk, [2n + p], [15n])),
    attempt('an end that is no element', 'InvalidFieldElement', () => proof.verify(vk, [2n], [15n + p])),
    attempt('with the key of another SNARK', 'ProofVerifyError', () => proof.verify(pp.vk, [2n], [15n])),
    attempt('with a byte more', 'InvalidEncoding', () =>
      DirectSNARK.decode(vk, Uint8Array.from([...bytes, 0])),
    ),
  ];
}
