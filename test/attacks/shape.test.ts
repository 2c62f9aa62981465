/** A12: a circuit whose constraints depend on values, which are the prover's choice. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { directCircuit } from '../../src/circuit/direct-circuit.ts';
import { vesta } from '../../src/curve/curves.ts';
import { insecureSeededRng, randomElement } from '../../src/field/random.ts';
import { builtinCircuit, DirectSNARK, type Backend, type StepCircuit } from '../../src/index.ts';
import { encodeShape } from '../../src/r1cs/shape.ts';
import { failingPaths } from '../circuit/satisfied.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';

const F = vesta.scalar;

let backend: Backend;
beforeAll(async () => {
  backend = await testBackend();
});
afterAll(() => backend?.close());

/**
 * "z is 0 or 1", by a circuit that was told z before it is made, and leaves the constraint out where it would be broken: frontends
 * that compute values while they synthesise let circuits do that. Here no value exists at that time; z comes from outside.
 */
const told = (z: bigint): StepCircuit => ({
  arity: 1,
  synthesize(cs, [num]) {
    const y = cs.square('y', num);
    if (z === 0n || z === 1n) cs.enforce('z is a bit', cs.lc(cs.one).sub(num), num);
    return [y];
  },
});

it('a proof by a circuit that left a constraint out is accepted under its own key, and by no other', async () => {
  const [honest, forged] = await Promise.all([1n, 5n].map((z) => DirectSNARK.setup(told(z), { backend })));
  const { proof, zNext } = await DirectSNARK.prove(forged.pk, [5n]);
  // a verifier that takes the shape from the prover
  await expect(proof.verify(forged.vk, [5n], zNext)).resolves.toBeUndefined();
  // one that made it itself
  expect(await codeOf(() => proof.verify(honest.vk, [5n], zNext))).toBe('InvalidSumcheckProof');
  expect(await codeOf(() => DirectSNARK.prove(honest.pk, [5n]))).toBe('UnSat');
  for (const { pk, vk } of [honest, forged]) {
    pk.close();
    vk.close();
  }
});

it('a thousand inputs have one shape and one program', async () => {
  const rng = insecureSeededRng('a thousand inputs');
  for (const name of ['cubic', 'minroot:1', 'wide:2', 'sha256:0']) {
    const circuit = builtinCircuit(name);
    const shapes = new Set<string>();
    for (let i = 0; i < (name === 'sha256:0' ? 10 : 330); i++) {
      const made = directCircuit(F, circuit);
      const hash = createHash('sha256').update(made.program.code);
      for (const section of encodeShape(made.matrices)) hash.update(section);
      shapes.add(hash.digest('hex'));
      const z = Array.from({ length: circuit.arity }, () => (i === 0 ? 0n : randomElement(F, rng)));
      expect(await failingPaths(made, made.pack(z, circuit.inputsOf?.(i)))).toEqual([]);
    }
    expect(shapes.size, name).toBe(1);
  }
});
