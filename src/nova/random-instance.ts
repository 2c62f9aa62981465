/** A random relaxed instance with a witness that satisfies it: what a running instance is folded with to hide it. */
import type { Backend, Pending } from '../backend/backend.ts';
import { FIELD_BYTES } from '../field/field.ts';
import { elementsFromBytes } from '../field/bytes.ts';
import type { RandomElements } from '../field/random.ts';
import type { AffinePoint } from '../curve/curve.ts';
import type { Control } from '../pace.ts';
import type { RunningBuffers, RunningWitness } from './nifs.ts';
import type { Side } from './params.ts';

/** Everything of a random instance but its commitments, which come with the next read. */
export interface RandomInstance {
  readonly u: bigint;
  readonly X: readonly bigint[];
  readonly W: RunningWitness;
  readonly commW: Pending<AffinePoint>;
  readonly commE: Pending<AffinePoint>;
}

/**
 * Draws z = (W, u, X), then both blinds, and records E = AZ o BZ - u CZ and the commitments
 * (`sample_random_instance_witness` in nova-snark's src/r1cs/mod.rs).
 *
 * @param out where the witness goes
 * @throws {@link NovaError} `RandomnessFailure`, `Aborted`
 */
export async function sampleRandomInstance(
  backend: Backend,
  { circuit, bases, matrices }: Side,
  random: RandomElements,
  out: RunningBuffers,
  control: Control,
): Promise<RandomInstance> {
  const { field: F, variables, io } = circuit.matrices;
  const z = await random.vector(F, variables + 1 + io, control);
  const rW = random.next(F);
  const rE = random.next(F);

  backend.upload(out.W, z.subarray(0, variables * FIELD_BYTES));
  const [u, ...X] = elementsFromBytes(F, z.subarray(variables * FIELD_BYTES));
  const { AZ, BZ, CZ } = out.products;
  backend.products(out.products, matrices, out.W, u, X);
  backend.polynomials.multiply(out.E, AZ, BZ);
  backend.polynomials.combine(out.E, [
    { c: 1n, v: out.E },
    { c: F.neg(u), v: CZ },
  ]);
  return {
    u,
    X,
    W: { ...out, rW, rE },
    commW: backend.commit(bases, out.W, rW),
    commE: backend.commit(bases, out.E, rE),
  };
}
