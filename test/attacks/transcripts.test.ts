/**
 * All that enters the transcripts and the random oracles, and all that is drawn from them, in proofs of every kind: what the prover
 * absorbs the verifier does, in the same order, and both lists are those of the files beside this one.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { builtinCircuit, DirectSNARK } from '../../src/index.ts';
import { verifyCompressed } from '../../src/nova/compressed-verifier.ts';
import { verifyState } from '../../src/nova/recursive-verifier.ts';
import { testBackend } from '../support/backend.ts';
import { OpenCycle } from './open-cycle.ts';
import { STATEMENT } from './open-subjects.ts';
import { listing, record } from './recording.ts';

let backend: Backend;
beforeAll(async () => {
  backend = await testBackend();
});
afterAll(() => backend?.close());

const { steps, z0 } = STATEMENT;

describe.each([
  ['pasta', 'snark'],
  ['pasta', 'ppsnark2'],
  ['bn-kzg', 'snark'],
  ['bn-mercury', 'ppsnark'],
] as const)('a compressed proof on %s with %s', (cycle, snark) => {
  it('absorbs and draws what is listed', async () => {
    const open = await OpenCycle.open(backend, cycle, snark);
    const proved = await record(() => open.prove(STATEMENT, 'transcripts'));
    const verified = await record(() => verifyCompressed(open.vk, proved.result, steps, z0, {}));
    open.close();
    expect(verified.exchanges).toEqual(proved.exchanges);
    await expect(listing(verified.exchanges)).toMatchFileSnapshot(
      `transcripts/compressed-${cycle}-${snark}.txt`,
    );
  });
});

it('a recursive proof absorbs and draws what is listed', async () => {
  const open = await OpenCycle.open(backend, 'pasta', 'snark');
  const proved = await record(() => open.state(STATEMENT, 'transcripts'));
  const verified = await record(() => verifyState(open.pp, open.buffers, proved.result, steps, z0, {}));
  open.close();
  expect(verified.exchanges).toEqual(proved.exchanges);
  await expect(listing(verified.exchanges)).toMatchFileSnapshot('transcripts/recursive-pasta.txt');
});

it('a direct proof absorbs and draws what is listed', async () => {
  const { pk, vk } = await DirectSNARK.setup(builtinCircuit('cubic'), { backend });
  // the prover verifies what it has proved
  const proved = await record(() => DirectSNARK.prove(pk, [2n]));
  const { proof, zNext } = proved.result;
  const verified = await record(() => proof.verify(vk, [2n], zNext));
  pk.close();
  vk.close();
  const numbered = verified.exchanges.map((e) => ({ ...e, on: e.on + 1 }));
  expect(proved.exchanges).toEqual([...verified.exchanges, ...numbered]);
  await expect(listing(verified.exchanges)).toMatchFileSnapshot('transcripts/direct-pasta-snark.txt');
});
