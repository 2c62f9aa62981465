import type { Backend, Counters } from '../backend/backend.ts';

/** What one step took, from the engine's counters. */
export interface StepReport {
  readonly ms: number;
  /** Milliseconds by part: the engine's operations, and `oracle`, the hashing and folding of instances on the host. */
  readonly phases: Readonly<Record<string, number>>;
  readonly allocations: number;
  readonly readBacks: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly liveBytes: number;
}

/** Measures a step by the engine's counters. */
export class Stopwatch {
  readonly #backend: Backend;
  readonly #before: Counters;
  readonly #start = performance.now();
  readonly #phases: Record<string, number> = {};

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#before = backend.counters();
  }

  /** Runs host work and books its time under `phase`. */
  time<T>(phase: string, work: () => T): T {
    const start = performance.now();
    const result = work();
    this.#phases[phase] = (this.#phases[phase] ?? 0) + performance.now() - start;
    return result;
  }

  report(): StepReport {
    const before = this.#before;
    const after = this.#backend.counters();
    const phases = { ...this.#phases };
    for (const [key, ms] of Object.entries(after.time)) {
      const spent = ms - (before.time[key] ?? 0);
      if (spent > 0) phases[key] = spent;
    }
    return {
      ms: performance.now() - this.#start,
      phases,
      allocations: after.allocations - before.allocations,
      readBacks: after.readBacks - before.readBacks,
      bytesUp: after.bytesUp - before.bytesUp,
      bytesDown: after.bytesDown - before.bytesDown,
      liveBytes: after.liveBytes,
    };
  }
}
