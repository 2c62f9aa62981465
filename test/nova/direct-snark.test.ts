/** Direct proofs: nova-snark's bytes, and what the verifier and the prover refuse. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  builtinCircuit,
  DirectSNARK,
  DirectVerifierKey,
  insecureSeededRng,
  type Backend,
  type DirectSnark,
} from '../../src/index.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf, novaError } from '../support/error.ts';
import { RootCircuit, sha3 } from './chain.ts';

/** What nova-snark 0.76.0 computed (test/fixtures/README.md). */
interface Fixture {
  readonly name: string;
  readonly cycle: string;
  readonly snark: DirectSnark;
  readonly circuit: string;
  readonly seed: string;
  readonly z0: readonly string[];
  readonly zn: readonly string[];
  readonly direct_bytes: number;
  readonly direct_sha3: string;
  readonly vk_bytes: number;
  readonly vk_sha3: string;
}

const fixtures: readonly Fixture[] = JSON.parse(
  readFileSync(new URL('../fixtures/direct.json', import.meta.url), 'utf8'),
);

let backend: Backend;
beforeAll(async () => (backend = await testBackend()));
afterAll(() => backend?.close());

/** Keys that are closed when the test is over. */
async function keys(...[circuit, options]: Parameters<typeof DirectSNARK.setup>) {
  const made = await DirectSNARK.setup(circuit, options);
  onTestFinished(() => {
    made.pk.close();
    made.vk.close();
  });
  return made;
}

describe.each(fixtures)('$name', ({ cycle, snark, circuit, seed, ...fixture }) => {
  const z0 = fixture.z0.map(BigInt);
  const zn = fixture.zn.map(BigInt);

  it('has the verifier key and the proof of nova-snark', async () => {
    const { pk, vk } = await keys(builtinCircuit(circuit), { cycle, snark, backend });
    const key = await vk.encode();
    expect(key).toHaveLength(fixture.vk_bytes);
    expect(sha3(key)).toBe(fixture.vk_sha3);

    const { proof, zNext } = await DirectSNARK.prove(pk, z0, { rng: insecureSeededRng(seed) });
    expect(zNext).toEqual(zn);
    expect(proof.encode()).toHaveLength(fixture.direct_bytes);
    expect(sha3(proof.encode())).toBe(fixture.direct_sha3);
  });

  it('verifies with a key that was read from its encoding', async () => {
    const { pk, vk } = await keys(builtinCircuit(circuit), { cycle, snark, backend });
    const { proof } = await DirectSNARK.prove(pk, z0);
    const { arity } = vk;
    const options = { cycle, snark, arity, backend, digest: await vk.digest() };
    const read = await DirectVerifierKey.decode(await vk.encode(), options);
    await DirectSNARK.decode(read, proof.encode()).verify(read, z0, zn);
    read.close();
    expect(
      await codeOf(async () =>
        DirectVerifierKey.decode(await vk.encode(), { ...options, digest: '00'.repeat(32) }),
      ),
    ).toBe('ParamsMismatch');
  });
});

describe('a step with two registers', () => {
  const circuit = builtinCircuit('wide:2');

  it('is not proved where the boundary between the states lies elsewhere', async () => {
    const { pk, vk } = await keys(circuit, { backend });
    const { proof, zNext } = await DirectSNARK.prove(pk, [3n, 4n]);
    expect(zNext).toEqual([13n, 13n]);
    await proof.verify(vk, [3n, 4n], zNext);
    for (const [z, next] of [
      [[3n], [4n, 13n, 13n]],
      [[3n, 4n, 13n], [13n]],
      [[], [3n, 4n, 13n, 13n]],
    ]) {
      expect(await codeOf(() => proof.verify(vk, z, next))).toBe('ProofVerifyError');
    }
    expect(await codeOf(() => proof.verify(vk, [3n, 4n, 0n], [13n, 13n, 0n]))).toBe('ProofVerifyError');
    expect(await codeOf(() => proof.verify(vk, [3n, 5n], zNext))).toBe('InvalidSumcheckProof');
    expect(await codeOf(() => proof.verify(vk, [3n, 4n], [13n, 14n]))).toBe('InvalidSumcheckProof');
    expect(await codeOf(() => proof.verify(vk, [3n, -1n], zNext))).toBe('InvalidFieldElement');
  });

  it('takes a state of its arity, of field elements', async () => {
    const { pk } = await keys(circuit, { backend });
    expect(await codeOf(() => DirectSNARK.prove(pk, [3n]))).toBe('InvalidInitialInputLength');
    expect(await codeOf(() => DirectSNARK.prove(pk, [3n, -1n]))).toBe('InvalidFieldElement');
  });
});

describe('a step with private inputs and a hint', () => {
  it('is proved; a wrong hint is refused with the name of the constraint', async () => {
    const circuit = new RootCircuit();
    const { pk, vk } = await keys(circuit, { backend });
    const { proof, zNext } = await DirectSNARK.prove(pk, [2n], { inputs: { add: [5n] } });
    expect(zNext).toEqual([circuit.run(vk.curve.scalar, 2n, 5n)]);
    await proof.verify(vk, [2n], zNext);
    expect(await codeOf(() => DirectSNARK.prove(pk, [2n]))).toBe('InvalidInputLength');

    circuit.hint = () => [1n];
    const { code, message } = await novaError(() => DirectSNARK.prove(pk, [2n], { inputs: { add: [5n] } }));
    expect([code, message]).toEqual(['UnSat', expect.stringContaining('r^5 = sum')]);
    circuit.hint = undefined;
    await DirectSNARK.prove(pk, [2n], { inputs: { add: [5n] } });
  });
});

it('a random source that fails ends the proof; one proof at a time; a second one allocates nothing', async () => {
  const { pk } = await keys(builtinCircuit('cubic'), { backend });
  const rng = { bytes: (n: number) => new Uint8Array(n) };
  expect(await codeOf(() => DirectSNARK.prove(pk, [2n], { rng }))).toBe('RandomnessFailure');
  const first = DirectSNARK.prove(pk, [2n]);
  expect(await codeOf(() => DirectSNARK.prove(pk, [2n]))).toBe('Busy');
  const a = (await first).proof.encode();
  const { allocations } = backend.counters();
  const b = (await DirectSNARK.prove(pk, [2n])).proof.encode();
  expect(backend.counters().allocations).toBe(allocations);
  expect(b).not.toEqual(a);
});

it('a key leaves nothing behind, also when the set-up is aborted', async () => {
  const live = backend.counters().liveBytes;
  const { pk, vk } = await DirectSNARK.setup(builtinCircuit('cubic'), { backend });
  await DirectSNARK.prove(pk, [2n]);
  pk.close();
  vk.close();
  expect(backend.counters().liveBytes).toBe(live);
  const signal = AbortSignal.abort();
  expect(await codeOf(() => DirectSNARK.setup(builtinCircuit('cubic'), { backend, signal }))).toBe('Aborted');
  expect(backend.counters().liveBytes).toBe(live);
});
