import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { Pending, Vec } from '../backend.ts';
import type { SumcheckOperations } from '../polynomials.ts';
import { innerOperands, roundEqOperands, roundOperands } from '../sumcheck-operands.ts';
import type { Recorder, VecData, WasmKind } from './recorder.ts';
import { type SumJob, totals } from './sums.ts';
import { taskCall } from './tasks.ts';
import { at } from './vectors.ts';

/** The rounds of sum-checks, in memory. */
export class Sumcheck implements SumcheckOperations {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  sum(a: Vec): Pending<bigint> {
    const x = this.#recorder.vector(a.field, a);
    return this.#one(a.field, a.length, 'sum', [x]);
  }

  inner(a: Vec, b: Vec): Pending<bigint> {
    const { tables, n } = innerOperands(this.#recorder, a, b);
    return this.#one(a.field, n, 'inner', tables);
  }

  roundQuadratic(P: Vec, Q: Vec): Pending<readonly [at0: bigint, leading: bigint]> {
    const { tables, n } = roundOperands(this.#recorder, P, Q);
    const job = { kernel: 'roundQuadratic', count: 2, vectors: halves(tables, n) } as const;
    return recordSums(this.#recorder, 'sumcheck', P.field, n, job, tables, pairOf);
  }

  roundCubic(P: Vec, Q: Vec, R: Vec): Pending<readonly [at0: bigint, atMinus1: bigint, leading: bigint]> {
    const { tables, n } = roundOperands(this.#recorder, P, Q, R);
    const job = { kernel: 'roundCubic', count: 3, vectors: halves(tables, n) } as const;
    return recordSums(this.#recorder, 'sumcheck', P.field, n, job, tables, ([at0, atMinus1, leading]) => [
      at0,
      atMinus1,
      leading,
    ]);
  }

  roundEq(eq: Vec, A: Vec, B: Vec, C?: Vec): Pending<readonly [at0: bigint, leading: bigint]> {
    const { tables, n } = roundEqOperands(this.#recorder, eq, A, B, C);
    const [weights, a, b, ...c] = tables;
    const vectors = [weights.address, ...halves([a, b], n), ...c.map(({ address }) => address)];
    const job = { kernel: C === undefined ? 'roundEq' : 'roundEqLess', count: 2, vectors } as const;
    return recordSums(this.#recorder, 'sumcheck', A.field, n, job, tables, pairOf);
  }

  #one(F: PrimeField, n: number, kernel: SumJob['kernel'], inputs: readonly VecData[]): Pending<bigint> {
    const job = { kernel, count: 1, vectors: inputs.map(({ address }) => address) };
    return recordSums(this.#recorder, 'sumcheck', F, n, job, inputs, ([sum]) => sum);
  }
}

/** Records sums over n elements. @param value makes the value of the operation from the sums */
export function recordSums<T>(
  recorder: Recorder,
  kind: WasmKind,
  F: PrimeField,
  n: number,
  job: SumJob,
  reads: readonly VecData[],
  value: (sums: readonly bigint[]) => T,
): Pending<T> {
  recorder.fields.ensureProof(F);
  const field = F.name;
  return recorder.recordRanges(
    kind,
    { reads, writes: [], bytes: FIELD_BYTES * job.count },
    {
      n,
      task: (range) => taskCall('sums', { field, ...job, ...range }),
      join: (ranges) => value(totals(F, job.count, ranges)),
    },
  );
}

/** The halves of each table, one after the other. */
export function halves(tables: readonly VecData[], half: number): number[] {
  return tables.flatMap(({ address }) => [address, at(address, half)]);
}

/** Two sums as they are. */
export function pairOf([a, b]: readonly bigint[]): readonly [bigint, bigint] {
  return [a, b];
}
