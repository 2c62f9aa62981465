import type { AffinePoint, Curve } from '../../curve/curve.ts';
import { FIELD_BYTES } from '../../field/field.ts';
import { bucketAdditions } from './geometry.ts';
import type { KernelHost } from './host.ts';
import { combine, type MsmJob, type Table } from './msm.ts';
import type { Pool, RunOptions } from './pool.ts';
import { Stop } from '../stop.ts';
import { taskCall } from './tasks.ts';

/** Additions that a part of a multiplication may take: in a worker some 150 ms, on the calling thread 25 ms. */
const MOST_IN_WORKER = 1_000_000;
const MOST_ON_CALLER = 150_000;

/** A commitment to compute: <v, G> + blind h. */
export interface CommitmentRequest {
  readonly curve: Curve;
  readonly table: Table;
  /** Address and length of v. */
  readonly scalars: number;
  readonly length: number;
  readonly blind: bigint;
}

interface Waiting extends CommitmentRequest {
  readonly stop: Stop;
  readonly onTask: RunOptions['onTask'];
  readonly resolve: (C: AffinePoint) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Computes commitments; those asked for in one go are cut up together, into one share of the work for each thread, because
 * every part pays for summing its own buckets.
 */
export class Commitments {
  readonly #host: KernelHost;
  readonly #pool: Pool;
  #waiting: Waiting[] = [];

  constructor(host: KernelHost, pool: Pool) {
    this.#host = host;
    this.#pool = pool;
  }

  /**
   * Requests of one go are stopped when all of them are.
   *
   * @throws what {@link Pool.run} throws
   */
  compute(
    request: CommitmentRequest,
    { stop, onTask }: { stop: Stop; onTask: RunOptions['onTask'] },
  ): Promise<AffinePoint> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...request, stop, onTask, resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => this.#start());
    });
  }

  #start(): void {
    const requests = this.#waiting;
    this.#waiting = [];
    const most = this.#pool.threads > 0 ? MOST_IN_WORKER : MOST_ON_CALLER;
    const u32 = this.#host.u32;
    const costs = requests.map((request) => new Costs(request, u32));
    const parts = cut(costs, this.#pool.width, most);
    const [{ onTask }] = requests;
    const stop = allOf(requests.map((request) => request.stop));
    const calls = parts.map(({ of, from, to }) => {
      const { curve, table, scalars, blind } = requests[of];
      const first = from === 0 && { blind: curve.scalar.toBytes(blind) };
      const job: MsmJob = { table, scalars, from, to, ...first };
      return taskCall('msmChunk', job);
    });
    this.#pool.run(calls, { stop, onTask }).then(
      (results) => {
        requests.forEach(({ curve, resolve }, k) => {
          resolve(
            combine(
              curve,
              results.filter((_, i) => parts[i].of === k),
            ),
          );
        });
      },
      (error: unknown) => requests.forEach(({ reject }) => reject(error)),
    );
  }
}

/** Fires when all of these have. */
function allOf(stops: readonly Stop[]): Stop {
  const all = new Stop();
  const look = () => {
    if (stops.every(({ fired }) => fired)) all.fire(stops[0].error);
  };
  for (const stop of stops) stop.onFire(look);
  look();
  return all;
}

/** Scalars `from` to `to` of the multiplication `of`. */
export interface Part {
  readonly of: number;
  readonly from: number;
  readonly to: number;
}

/** What a multiplication costs, in additions. */
export class Costs {
  readonly length: number;
  /** Of a part, however small: summing the buckets. */
  readonly fixed: number;
  /** Of scalars `BLOCK i` to `BLOCK (i + 1)`. */
  readonly blocks: Float64Array;
  readonly total: number;

  constructor(
    { table, scalars, length }: Pick<CommitmentRequest, 'table' | 'scalars' | 'length'>,
    u32: Uint32Array,
  ) {
    this.length = length;
    this.fixed = bucketAdditions(table);
    this.blocks = new Float64Array(Math.ceil(length / BLOCK));
    const half = 2 ** (table.c - 1);
    let at = scalars / 4;
    let total = 0;
    for (let i = 0; i < length; i++, at += WORDS) {
      const low = u32[at];
      let rest = 0;
      for (let k = 1; k < WORDS; k++) rest |= u32[at + k];
      const cost = rest !== 0 || low > half ? table.windows : low === 0 ? 0 : 1;
      this.blocks[Math.floor(i / BLOCK)] += cost;
      total += cost;
    }
    this.total = total;
  }
}

/** Scalars whose cost is known together, and 32-bit words of a scalar. */
const BLOCK = 64;
const WORDS = FIELD_BYTES / 4;

/**
 * Cuts multiplications into parts of which `threads` threads, each taking the next when it is free, have equally much to do.
 * The parts are ordered: large ones first.
 *
 * @param most the most that a part may cost, its fixed cost left out
 */
export function cut(multiplications: readonly Costs[], threads: number, most: number): Part[] {
  const fixed = multiplications.reduce((sum, m) => sum + m.fixed, 0);
  const largest = multiplications.reduce((max, m) => Math.max(max, m.fixed), 0);
  const all = multiplications.reduce((sum, m) => sum + m.total, fixed + (threads - 1) * largest);
  const share = all / threads;
  const parts: (Part & { cost: number })[] = [];
  let left = share;
  multiplications.forEach(({ length, blocks, total, fixed: own }, of) => {
    let from = 0;
    let cost = 0;
    let rest = total;
    const end = (to: number) => {
      parts.push({ of, from, to, cost: cost + own });
      left -= cost + own;
      [from, cost] = [to, 0];
    };
    // a cut is worth the fixed cost of one more part only if there is as much to do on both sides of it
    if (left < 2 * own) left += share;
    blocks.forEach((more, i) => {
      const at = BLOCK * i;
      const full = cost + own + more > left && rest > own;
      if (at > from && (full || cost + more > most)) {
        end(at);
        if (full) left += share;
      }
      cost += more;
      rest -= more;
    });
    end(length);
  });
  return parts.toSorted((a, b) => b.cost - a.cost).map(({ of, from, to }) => ({ of, from, to }));
}
