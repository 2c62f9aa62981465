import type { AffinePoint, Curve } from '../../curve/curve.ts';
import { FIELD_BYTES } from '../../field/field.ts';
import { cutBetweenSets, setAdditions, type SetRange, windowsOf } from './geometry.ts';
import type { KernelHost } from './host.ts';
import { combine, type MsmJob, type Table } from './msm.ts';
import type { Pool, RunOptions } from './pool.ts';
import { Stop } from '../stop.ts';
import { taskCall } from './tasks.ts';

/** Digits that a part of a multiplication may have: in a worker some 150 ms, on the calling thread 25 ms. */
const MOST_IN_WORKER = 1_000_000;
const MOST_ON_CALLER = 150_000;

/** Additions that are worth a part of their own: a millisecond. */
const LEAST = 4096;

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
    const calls = parts.map(({ of, sets, from, to }) => {
      const { curve, table, scalars, blind } = requests[of];
      const first = from === 0 && { blind: curve.scalar.toBytes(blind) };
      const job: MsmJob = { table, scalars, sets, from, to, ...first };
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

/** Of the multiplication `of`, the digits of scalars `from` to `to` that go to these sets of buckets. */
export interface Part {
  readonly of: number;
  readonly sets: SetRange;
  readonly from: number;
  readonly to: number;
}

/** What a multiplication costs, in additions. Sets of buckets that one thread takes together are a group. */
export class Costs {
  readonly length: number;
  readonly groups: readonly SetRange[];
  /** Blocks of scalars. */
  readonly blocks: number;
  /** Digits of a scalar of several, by group. */
  readonly #windows: readonly number[];
  /** Scalars of one digit, which goes to set 0, and of several: by block, and in the end all. */
  readonly #small: Float64Array;
  readonly #large: Float64Array;
  /** Additions for the buckets of a set. */
  readonly #most: number;

  constructor(
    { table, scalars, length }: Pick<CommitmentRequest, 'table' | 'scalars' | 'length'>,
    u32: Uint32Array,
  ) {
    const { stride } = table;
    this.length = length;
    this.groups = cutBetweenSets(table)
      ? Array.from({ length: stride }, (_, set): SetRange => [set, set + 1])
      : [[0, stride]];
    this.blocks = Math.ceil(length / BLOCK);
    this.#windows = this.groups.map((sets) => windowsOf(table, sets).length);
    this.#most = setAdditions(table);
    [this.#small, this.#large] = [0, 1].map(() => new Float64Array(this.blocks + 1));
    const half = 2 ** (table.c - 1);
    for (let i = 0, at = scalars / 4; i < length; i++, at += WORDS) {
      const low = u32[at];
      let rest = 0;
      for (let k = 1; k < WORDS; k++) rest |= u32[at + k];
      if (rest === 0 && low === 0) continue;
      const count = rest !== 0 || low > half ? this.#large : this.#small;
      count[Math.floor(i / BLOCK)]++;
      count[this.blocks]++;
    }
  }

  /** Of the digits that go to a group: of scalars `BLOCK i` to `BLOCK (i + 1)`, by default of all. */
  digits(group: number, i: number = this.blocks): number {
    return this.#large[i] * this.#windows[group] + (group === 0 ? this.#small[i] : 0);
  }

  /** Of summing a group's buckets: where most are empty, some three for each digit. */
  buckets(group: number): number {
    const [first, end] = this.groups[group];
    return Math.min((end - first) * this.#most, 3 * this.digits(group));
  }

  /** All in all. */
  get total(): number {
    return this.groups.reduce((sum, _, group) => sum + this.digits(group) + this.buckets(group), 0);
  }
}

/** Scalars whose cost is known together, and 32-bit words of a scalar. */
const BLOCK = 64;
const WORDS = FIELD_BYTES / 4;

/**
 * Cuts multiplications into parts of which `threads` threads, each taking the next when it is free, have equally much to do. Whole
 * groups of sets go to a thread; only where that would leave one without work for long, two share a group, and each sums buckets
 * of its own. The parts are ordered: large ones first.
 *
 * @param most the most digits that a part may have
 */
export function cut(multiplications: readonly Costs[], threads: number, most: number): Part[] {
  const all = multiplications.reduce((sum, m) => sum + m.total, 0);
  const largest = Math.max(0, ...multiplications.map((m) => m.buckets(0)));
  const share = Math.max(LEAST, (all + (threads - 1) * largest) / threads);
  const parts: (Part & { cost: number })[] = [];
  let left = share;
  const add = (cost: number, part: Part) => {
    parts.push({ ...part, cost });
    left -= cost;
  };
  multiplications.forEach((m, of) => {
    /** Whole groups that are not in a part yet, and what they cost. */
    let first = 0;
    let [digits, buckets] = [0, 0];
    const end = (group: number) => {
      if (first < group) {
        const sets: SetRange = [m.groups[first][0], m.groups[group - 1][1]];
        add(digits + buckets, { of, sets, from: 0, to: m.length });
      }
      [first, digits, buckets] = [group, 0, 0];
    };
    m.groups.forEach((_, group) => {
      const [more, own] = [m.digits(group), m.buckets(group)];
      const full = digits + buckets + more + own > left;
      if (full || digits + more > most) end(group);
      // two parts of a group are worth the buckets of one more only if both have as much to do
      if (full && left < 2 * own) left += share;
      if (more <= Math.min(left, most) || more + own <= LEAST) {
        [digits, buckets] = [digits + more, buckets + own];
      } else {
        cutGroup(m, of, group);
        first = group + 1;
      }
    });
    end(m.groups.length);
  });
  return parts.toSorted((a, b) => b.cost - a.cost).map(({ of, sets, from, to }) => ({ of, sets, from, to }));

  /** Cuts a group between its scalars. */
  function cutGroup(m: Costs, of: number, group: number): void {
    const own = m.buckets(group);
    const sets = m.groups[group];
    let [from, digits, rest] = [0, 0, m.digits(group)];
    const end = (to: number) => {
      add(digits + own, { of, sets, from, to });
      [from, digits] = [to, 0];
    };
    for (let i = 0; i < m.blocks; i++) {
      const [at, more] = [BLOCK * i, m.digits(group, i)];
      const full = digits + own + more > left && rest > own;
      if (at > from && (full || digits + more > most)) {
        end(at);
        if (full) left += share;
      }
      digits += more;
      rest -= more;
    }
    end(m.length);
  }
}
