/** What an engine keeps of the public parameters. */
import type { Backend, Bases, Control, Matrices, Witness } from '../backend/backend.ts';
import { control, nextTurn, type TaskOptions } from '../pace.ts';
import type { Curve } from '../curve/curve.ts';
import type { Cycle } from '../curve/cycles.ts';
import type { G2Point } from '../curve/g2.ts';
import type { CommitmentKey } from '../pcs/evaluation-engine.ts';
import type { KzgKey } from '../pcs/kzg-key.ts';
import type { AugmentedCircuit } from './augmented-circuit.ts';
import type { CircuitPair } from './circuit-pair.ts';
import { keySize } from './commitment-key.ts';
import { FINAL_SNARKS } from './final-snark.ts';

/**
 * For which final SNARK the commitment keys are sized: none in particular, one with preprocessing on the primary curve, or
 * on both. As nova-snark's `ck_hint`s: the keys, and with them the digest, depend on it.
 */
export type CkHint = 'default' | 'ppsnark' | 'ppsnark2';

/** The hints, and on which of the two curves each asks for room for the matrices' entries. */
export const CK_HINTS: Readonly<Record<CkHint, readonly [primary: boolean, secondary: boolean]>> = {
  default: FINAL_SNARKS.snark,
  ppsnark: FINAL_SNARKS.ppsnark,
  ppsnark2: FINAL_SNARKS.ppsnark2,
};

/** One curve's part of the parameters: its instances commit on `curve`; its circuit is over the curve's scalar field. */
export interface Side extends CommitmentKey {
  readonly curve: Curve;
  readonly circuit: AugmentedCircuit;
  /** Where the commitment key is one of powers of tau, the primary one's. */
  readonly tauH?: G2Point;
  readonly matrices: Matrices;
  readonly witness: Witness;
}

/** What an engine keeps of the parameters. */
export interface Residents {
  readonly backend: Backend;
  readonly primary: Side;
  readonly secondary: Side;
}

/** Makes or loads a key of n generators. */
export type MakeKey = (
  backend: Backend,
  side: Pick<Side, 'curve' | 'circuit'>,
  n: number,
  control: Control,
) => Promise<CommitmentKey | KzgKey>;

/**
 * Makes the commitment keys, and puts them, the matrices and the witness programs on an engine.
 *
 * @throws what `makeKey` and the engine throw
 */
export async function makeResidents(
  backend: Backend,
  cycle: Cycle,
  circuits: CircuitPair,
  hint: CkHint,
  makeKey: MakeKey,
  options: TaskOptions = {},
): Promise<Residents> {
  const made: Side[] = [];
  const handles: (Bases | Matrices | Witness)[] = [];
  const keep = <H extends Bases | Matrices | Witness>(handle: H): H => {
    handles.push(handle);
    return handle;
  };
  try {
    for (const [k, name] of (['primary', 'secondary'] as const).entries()) {
      const curve = cycle[name];
      const circuit = circuits[name];
      const n = keySize(circuit.matrices, CK_HINTS[hint][k]);
      const ck = await makeKey(backend, { curve, circuit }, n, control(options, `${name} generators`));
      keep(ck.bases);
      // each of these blocks for some tens of milliseconds
      await nextTurn();
      const matrices = keep(backend.matrices(circuit.matrices));
      await nextTurn();
      const witness = keep(await backend.witness(circuit.program));
      await nextTurn();
      made.push({ curve, circuit, ...ck, matrices, witness });
    }
    const [primary, secondary] = made;
    return { backend, primary, secondary };
  } catch (error) {
    backend.free(...handles);
    throw error;
  }
}

/** Frees what an engine keeps. Freeing it twice does nothing. */
export function freeResidents({ backend, primary, secondary }: Residents): void {
  for (const { bases, matrices, witness } of [primary, secondary]) backend.free(bases, matrices, witness);
}
