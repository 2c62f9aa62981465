import { NovaError } from '../../errors.ts';
import { checkPoints } from './curve-check.ts';
import type { foldBases } from './fold-bases.ts';
import type { generatorsTask } from './generators.ts';
import type { KernelHost } from './host.ts';
import { msmChunk } from './msm.ts';
import { sumOfMultiples } from './multiples.ts';
import { products } from './products.ts';
import { divide, evaluate, sums } from './sums.ts';
import { buildTable } from './table.ts';
import { combine, elementwise, expand, foldPairs, gather, invert, ramp, spread } from './multilinear.ts';
import type { SentError } from './threads.ts';
import { addScaled, crossTerm, divideColumns, firstUnsatisfied } from './vectors.ts';

/*
 * A task is a piece of work that runs to its end on one thread: a function of a KernelHost and arguments. Arguments and result
 * cross to other threads: plain objects of numbers, strings and small typed arrays; what is large lies in the memory.
 */

/** A task by name, with its arguments. Made by {@link taskCall}. */
export interface TaskCall<R = unknown> {
  readonly name: string;
  readonly args: unknown;
  /** Phantom: the type of the result. */
  readonly result?: R;
}

/** All tasks by name. */
interface Tasks {
  readonly addScaled: typeof addScaled;
  readonly buildTable: typeof buildTable;
  readonly checkPoints: typeof checkPoints;
  readonly combine: typeof combine;
  readonly crossTerm: typeof crossTerm;
  readonly divide: typeof divide;
  readonly divideColumns: typeof divideColumns;
  readonly elementwise: typeof elementwise;
  readonly evaluate: typeof evaluate;
  readonly expand: typeof expand;
  readonly firstUnsatisfied: typeof firstUnsatisfied;
  readonly foldBases: typeof foldBases;
  readonly foldPairs: typeof foldPairs;
  readonly gather: typeof gather;
  readonly generators: typeof generatorsTask;
  readonly invert: typeof invert;
  readonly msmChunk: typeof msmChunk;
  readonly products: typeof products;
  readonly ramp: typeof ramp;
  readonly spread: typeof spread;
  readonly sumOfMultiples: typeof sumOfMultiples;
  readonly sums: typeof sums;
}

/** The tasks that this thread knows: all but `foldBases` and `generators`, which are added by those who need them. */
const TASKS: { -readonly [N in keyof Tasks]?: Tasks[N] } = {
  addScaled,
  buildTable,
  checkPoints,
  combine,
  crossTerm,
  divide,
  divideColumns,
  elementwise,
  evaluate,
  expand,
  firstUnsatisfied,
  foldPairs,
  gather,
  invert,
  msmChunk,
  products,
  ramp,
  spread,
  sumOfMultiples,
  sums,
};

/** A task whatever it takes: what came from another thread has no types. */
type AnyTask = (host: KernelHost, args: unknown) => unknown;

/** A call of one of the tasks. */
export function taskCall<N extends keyof Tasks>(
  name: N,
  args: Parameters<Tasks[N]>[1],
): TaskCall<ReturnType<Tasks[N]>> {
  return { name, args };
}

/** Makes a task known to this thread. */
export function addTask<N extends keyof Tasks>(name: N, task: Tasks[N]): void {
  TASKS[name] = task;
}

/** How a task ended, and the milliseconds that it took. */
export type TaskEnd =
  | { readonly kind: 'done'; readonly ms: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly ms: number; readonly error: SentError };

/** Runs a task to its end. */
export function runTask(host: KernelHost, { name, args }: TaskCall): TaskEnd {
  const start = performance.now();
  try {
    const task = Object.hasOwn(TASKS, name) ? (TASKS[name as keyof Tasks] as AnyTask) : undefined;
    if (task === undefined) throw new NovaError('InvalidArgument', `no task ${name}`);
    const result = task(host, args);
    return { kind: 'done', ms: performance.now() - start, result };
  } catch (thrown) {
    const { message, stack } = thrown as Error;
    const code = thrown instanceof NovaError ? thrown.code : undefined;
    return { kind: 'failed', ms: performance.now() - start, error: { code, message, stack } };
  }
}
