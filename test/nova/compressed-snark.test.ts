/** The compressed proof: what it hides, what it leaves as it was, and what its verifier refuses. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  CompressedSNARK,
  PublicParams,
  RecursiveSNARK,
  VerifierKey,
  type Backend,
  type ProverKey,
  type Rng,
} from '../../src/index.ts';
import type { RelaxedSNARK } from '../../src/spartan/relaxed-snark.ts';
import { compress } from '../../src/nova/compressed-prover.ts';
import type { CompressedProof } from '../../src/nova/compressed-proof.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf, novaError } from '../support/error.ts';
import { RootCircuit, Run, sha3 } from './chain.ts';
import {
  claiming,
  compressedLeavesOf,
  ELEMENT,
  leavesOf,
  LENGTH,
  plusOne,
  replace,
  resized,
  valueOf,
  type Leaf,
} from './layout.ts';

const STEPS = 2;
const Z0 = [2n];

let backend: Backend;
let pp: PublicParams;
let run: Run;
let pk: ProverKey;
let vk: VerifierKey;
let proof: CompressedSNARK;
let bytes: Uint8Array;
let leaves: Leaf[];

beforeAll(async () => {
  backend = await testBackend();
  pp = await PublicParams.setup(new RootCircuit(), { backend });
  run = await new Run(pp, Z0, 'compression', (i) => ({ add: [BigInt(i + 1)] })).record(STEPS + 1);
  ({ pk, vk } = await CompressedSNARK.setup(pp));
  const snark = await run.resume(STEPS);
  proof = await CompressedSNARK.prove(pk, snark);
  snark.close();
  bytes = proof.encode();
  leaves = compressedLeavesOf(pp.cycle, bytes, 1);
});
afterAll(() => backend?.close());

async function closing(snark: Promise<RecursiveSNARK>): Promise<RecursiveSNARK> {
  const made = await snark;
  onTestFinished(() => made.close());
  return made;
}

/** A SNARK that proves nothing at once: for what is around the SNARKs. */
const nothing = { prove: async () => 'nothing' } as unknown as RelaxedSNARK;

const withoutSnarks = (): ProverKey =>
  ({
    pp,
    vk,
    snarks: { primary: nothing, secondary: nothing },
    keys: async () => ({}),
  }) as unknown as ProverKey;

/** What a compression does before and beside its SNARKs. */
function outer(snark: RecursiveSNARK): Promise<CompressedProof> {
  return snark.lend((prover, state, random) => compress(prover, withoutSnarks(), state, random, {}));
}

describe('two compressions of one state', () => {
  it('differ in every value that hides it, and nowhere else', async () => {
    const snark = await closing(run.resume(STEPS));
    const [a, b] = [await outer(snark), await outer(snark)];
    const hiding = [
      'commTUfSecondary',
      'lUrSecondary',
      'commTUnSecondary',
      'lUrPrimary',
      'commTUnPrimary',
      'rWnPrimary',
      'rEnPrimary',
      'rWnSecondary',
      'rEnSecondary',
    ] as const;
    for (const name of hiding) expect(a[name], name).not.toEqual(b[name]);
    for (const name of ['lUrPrimary', 'lUrSecondary'] as const) {
      expect(a[name].commW).not.toEqual(b[name].commW);
      expect(a[name].commE).not.toEqual(b[name].commE);
      expect(a[name].u).not.toBe(b[name].u);
      a[name].X.forEach((x, k) => expect(x).not.toBe(b[name].X[k]));
    }
    const rest = (p: CompressedProof) =>
      Object.fromEntries(Object.entries(p).filter(([name]) => !(hiding as readonly string[]).includes(name)));
    expect(rest(a)).toEqual(rest(b));
  });

  it('do not share the cross term that the last step had computed ahead with the next step', async () => {
    const snark = await closing(run.start());
    for (let i = 0; i < STEPS; i++) await run.step(snark);
    const { commTUfSecondary: first } = await outer(snark);
    const { commTUfSecondary: second } = await outer(snark);
    expect(second).not.toEqual(first);
  });
});

describe('a compression', () => {
  it('leaves the state as it was, and the recursion goes on', async () => {
    const snark = await closing(run.resume(STEPS));
    await outer(snark);
    expect(sha3(await snark.encode())).toBe(sha3(run.states[STEPS]));
    await run.step(snark);
    expect(await snark.verify(STEPS + 1, Z0)).toEqual(run.outputs[STEPS + 1]);
  });

  it('makes no vectors of its own', async () => {
    const snark = await closing(run.resume(STEPS));
    await outer(snark);
    const { allocations, liveBytes } = backend.counters();
    await outer(snark);
    expect(backend.counters()).toMatchObject({ allocations, liveBytes });
  });

  it('verifies, to the outputs of the recursive proof, also after encoding and decoding', async () => {
    expect(proof.outputs).toEqual(run.outputs[STEPS]);
    expect(await CompressedSNARK.decode(vk, bytes).verify(vk, STEPS, Z0)).toEqual(run.outputs[STEPS]);
    expect(CompressedSNARK.decode(vk, bytes).encode()).toEqual(bytes);
  });

  it('is refused before the first step, and with the key of other parameters', async () => {
    const snark = await closing(run.resume(0));
    expect(await codeOf(() => CompressedSNARK.prove(pk, snark))).toBe('InvalidNumSteps');
    const other = { ...pk, pp: {} } as unknown as ProverKey;
    const later = await closing(run.resume(1));
    expect(await codeOf(() => CompressedSNARK.prove(other, later))).toBe('ParamsMismatch');
  });

  it('of a state that does not verify is not handed out', async () => {
    const state = run.states[STEPS];
    const zi = leavesOf(pp.cycle, state).find(({ path }) => path === 'zi')!;
    const snark = await closing(RecursiveSNARK.decode(pp, plusOne(state, zi)));
    const { code, message } = await novaError(() => CompressedSNARK.prove(withoutSnarks(), snark));
    expect([code, message]).toEqual(['ProofVerifyError', 'Invalid output hash in R1CS instances']);
  });

  it('can be aborted while it draws, and done again', async () => {
    const snark = await closing(run.resume(STEPS));
    const controller = new AbortController();
    const aborted = codeOf(() =>
      CompressedSNARK.prove(pk, snark, {
        signal: controller.signal,
        onProgress: ({ phase }) => {
          if (phase === 'primary random instance') controller.abort();
        },
      }),
    );
    expect(await codeOf(() => snark.encode())).toBe('Busy');
    expect(await aborted).toBe('Aborted');
    expect(sha3(await snark.encode())).toBe(sha3(run.states[STEPS]));
    await outer(snark);
  });
});

describe('a random source', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('no entropy');
      },
    ],
    ['runs short', (n) => new Uint8Array(n - 1).map((_, i) => i)],
    ['returns a constant', (n) => new Uint8Array(n).fill(0x5a)],
  ] as [string, (n: number) => Uint8Array][])(
    'that %s, in whatever draw, ends the compression and nothing else',
    async (_, fault) => {
      let calls = 0;
      let failAt = Infinity;
      const wrap = (rng: Rng): Rng => ({ bytes: (n) => (calls++ === failAt ? fault(n) : rng.bytes(n)) });
      const snark = await closing(run.resume(STEPS, wrap));
      await outer(snark);
      const draws = calls;
      expect(draws).toBeGreaterThan(8);
      // the first draw, one within each random instance, and those of the blinds
      for (const at of [0, 1, draws >> 1, draws - 1]) {
        [calls, failAt] = [0, at];
        expect(await codeOf(() => outer(snark)), `draw ${at}`).toBe('RandomnessFailure');
        expect(sha3(await snark.encode())).toBe(sha3(run.states[STEPS]));
      }
      failAt = Infinity;
      await outer(snark);
    },
  );
});

const verify = (encoded: Uint8Array, steps = STEPS, z0: readonly bigint[] = Z0) =>
  CompressedSNARK.decode(vk, encoded).verify(vk, steps, z0);

describe('the verifier', () => {
  const HASH = ['ProofVerifyError', /^Invalid output hash/] as const;
  const INNER = ['InvalidSumcheckProof', /./] as const;
  /** By leaf: what an encoding with one value one higher is refused for. */
  const expected: Record<string, readonly [string, RegExp]> = {
    ...Object.fromEntries(
      ['primary', 'secondary'].flatMap((side) => [
        ...['comm_W', 'comm_E', 'X', 'u'].map((leaf) => [`r_U_${side}.${leaf}`, HASH]),
        [`ri_${side}`, HASH],
        ...['comm_W', 'comm_E', 'X', 'u'].map((leaf) => [`l_ur_${side}.${leaf}`, INNER]),
        [`nifs_Un_${side}.comm_T`, INNER],
        [`wit_blind_r_Wn_${side}`, INNER],
        [`err_blind_r_Wn_${side}`, INNER],
      ]),
    ),
    'l_u_secondary.comm_W': INNER,
    'l_u_secondary.X': HASH,
    'nifs_Uf_secondary.comm_T': INNER,
    zn: HASH,
  };

  it('is tried with every value around the SNARKs', () => {
    expect(leaves.map(({ path }) => path).sort()).toEqual(Object.keys(expected).sort());
    expect(leaves).toHaveLength(28);
  });

  it.each(Object.keys(expected))('refuses another %s', async (path) => {
    const leaf = leaves.find((l) => l.path === path)!;
    const [code, message] = expected[path];
    const items = leaf.kind === 'elements' ? (leaf.end - leaf.start - LENGTH) / ELEMENT : 1;
    for (let k = 0; k < items; k++) {
      const error = await novaError(() => verify(plusOne(bytes, leaf, k)));
      expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
    }
  });

  it('refuses vectors of other lengths', async () => {
    for (const leaf of leaves.filter(({ kind }) => kind === 'elements')) {
      for (const by of [1, -1] as const) {
        const { code, message } = await novaError(() => verify(resized(bytes, leaf, by)));
        const what = leaf.path === 'zn' ? 'Invalid input or output arity' : 'Invalid number of outputs';
        expect([code, message]).toEqual(['ProofVerifyError', expect.stringContaining(what)]);
      }
    }
  });

  it('refuses another number of steps or start', async () => {
    const message = async (steps: number, z0: readonly bigint[]) => {
      const error = await novaError(() => proof.verify(vk, steps, z0));
      return `${error.code}: ${error.message}`;
    };
    expect(await message(0, Z0)).toBe('ProofVerifyError: Number of steps cannot be zero');
    for (const steps of [1, 3, 2 ** 32 + 2]) {
      expect(await message(steps, Z0)).toBe('ProofVerifyError: Invalid output hash in R1CS instances');
    }
    for (const steps of [-1, 1.5, NaN, 2 ** 53]) expect(await message(steps, Z0)).toMatch(/^InvalidNumSteps/);
    expect(await message(STEPS, [3n])).toMatch(/^ProofVerifyError: Invalid output hash/);
    for (const z0 of [[], [2n, run.outputs[STEPS][0]]])
      expect(await message(STEPS, z0)).toMatch(/^ProofVerifyError: Invalid input or output arity/);
    for (const z of [-1n, pp.primary.curve.scalar.p + 2n])
      expect(await message(STEPS, [z])).toMatch(/^InvalidFieldElement/);
  });

  it('refuses the key of another cycle or SNARK', async () => {
    for (const change of [{ snark: 'ppsnark2' }, { cycle: { ...vk.cycle, name: 'other' } }]) {
      const other = Object.assign(Object.create(vk), change) as VerifierKey;
      expect(await codeOf(() => proof.verify(other, STEPS, Z0))).toBe('ProofVerifyError');
    }
  });
});

describe('an encoding', () => {
  it('is refused when it is cut, longer, or claims what it has not', async () => {
    const cuts = [0, 1, 31, 100, bytes.length >> 1, bytes.length - 1];
    const wrong = [
      ...cuts.map((n) => bytes.subarray(0, n)),
      Uint8Array.of(...bytes, 0),
      ...leaves.filter(({ kind }) => kind === 'elements').map((leaf) => claiming(bytes, leaf, 1n << 60n)),
    ];
    for (const encoded of wrong)
      expect(await codeOf(() => CompressedSNARK.decode(vk, encoded))).toBe('InvalidEncoding');
  });

  it('is refused where an element is not below its modulus, or a point not on its curve', async () => {
    for (const leaf of leaves.filter(({ kind }) => kind !== 'elements')) {
      const all = valueOf(bytes, leaf).fill(0xff);
      expect(await codeOf(() => CompressedSNARK.decode(vk, replace(bytes, leaf, all)))).toBe(
        'InvalidEncoding',
      );
    }
  });
});

describe('a verifier key', () => {
  it('is read back from its encoding, is pinned by its digest, and verifies', async () => {
    const key = await vk.encode();
    const digest = await vk.digest();
    expect(digest).toBe(sha3(key));
    const options = { backend, cycle: 'pasta', snark: 'snark' } as const;
    const read = await VerifierKey.decode(key, { ...options, digest });
    expect(await read.digest()).toBe(digest);
    expect(await CompressedSNARK.decode(read, bytes).verify(read, STEPS, Z0)).toEqual(run.outputs[STEPS]);
    read.close();

    const live = backend.counters().liveBytes;
    const changed = key.slice();
    changed[8 + 271_800 * 2] ^= 1; // in the digest of the parameters
    expect(await codeOf(() => VerifierKey.decode(changed, { ...options, digest }))).toBe('ParamsMismatch');
    const other = await VerifierKey.decode(changed, options); // whoever takes it unpinned takes what comes
    expect(await codeOf(() => proof.verify(other, STEPS, Z0))).toBe('ProofVerifyError');
    other.close();
    // the arity, the oracle's constants, the length of the commitment key
    const { encodedBytes } = pp.primary.curve;
    for (const at of [0, 7, 8, 8 + 271_800, 8 + 2 * 271_800 + 32 + 7]) {
      const damaged = key.slice();
      damaged[at] ^= at === 0 ? 1 : 0x80; // arity 0, or huge numbers
      expect(await codeOf(() => VerifierKey.decode(damaged, options)), `byte ${at}`).toBe('InvalidEncoding');
    }
    // the generator of the blinds
    const wrong = pp.primary.curve.encode(pp.primary.curve.generator);
    const at = key.length - 2 * encodedBytes;
    const damaged = replace(key, { start: at, end: at + encodedBytes }, wrong);
    expect(await codeOf(() => VerifierKey.decode(damaged, options))).toBe('InvalidCommitmentKey');
    expect(await codeOf(() => VerifierKey.decode(key.subarray(0, 100), options))).toBe('InvalidEncoding');
    expect(backend.counters().liveBytes).toBe(live);
  });

  it('is refused under another digest, and under a name that there is not', async () => {
    await vk.pin(await vk.digest());
    expect(await codeOf(() => vk.pin('00'.repeat(32)))).toBe('ParamsMismatch');
    const nonsense = { backend, snark: 'constructor' as 'snark' };
    expect(await codeOf(() => VerifierKey.decode(new Uint8Array(8), nonsense))).toBe('InvalidArgument');
    expect(await codeOf(() => CompressedSNARK.setup(pp, { snark: 'nark' as 'snark' }))).toBe(
      'InvalidArgument',
    );
    expect(await codeOf(() => CompressedSNARK.setup(pp, { snark: 'ppsnark' }))).toBe(
      'InvalidCommitmentKeyLength',
    );
  });
});
