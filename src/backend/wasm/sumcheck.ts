import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { Pending, Vec } from '../backend.ts';
import { halfLength } from '../operands.ts';
import type { SumcheckOperations } from '../polynomials.ts';
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
    const inputs = [a, b].map((v) => this.#recorder.vector(a.field, v));
    return this.#one(a.field, Math.min(a.length, b.length), 'inner', inputs);
  }

  roundQuadratic(P: Vec, Q: Vec): Pending<readonly [at0: bigint, leading: bigint]> {
    const tables = this.#recorder.vectors(P.field, P.length, P, Q);
    const half = halfLength(P);
    const job = { kernel: 'roundQuadratic', count: 2, vectors: halves(tables, half) } as const;
    return recordSums(this.#recorder, 'sumcheck', P.field, half, job, tables, pairOf);
  }

  roundCubic(P: Vec, Q: Vec, R: Vec): Pending<readonly [at0: bigint, atMinus1: bigint, leading: bigint]> {
    const tables = this.#recorder.vectors(P.field, P.length, P, Q, R);
    const half = halfLength(P);
    const job = { kernel: 'roundCubic', count: 3, vectors: halves(tables, half) } as const;
    return recordSums(this.#recorder, 'sumcheck', P.field, half, job, tables, ([at0, atMinus1, leading]) => [
      at0,
      atMinus1,
      leading,
    ]);
  }

  roundEq(eq: Vec, A: Vec, B: Vec, C?: Vec): Pending<readonly [at0: bigint, leading: bigint]> {
    const F = A.field;
    const [a, b, ...c] = this.#recorder.vectors(F, A.length, A, B, ...(C === undefined ? [] : [C]));
    const half = halfLength(A);
    const [weights] = this.#recorder.vectors(F, half, eq);
    const vectors = [weights.address, ...halves([a, b], half), ...c.map(({ address }) => address)];
    const job = { kernel: C === undefined ? 'roundEq' : 'roundEqLess', count: 2, vectors } as const;
    return recordSums(this.#recorder, 'sumcheck', F, half, job, [weights, a, b, ...c], pairOf);
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
