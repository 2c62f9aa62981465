import { NovaError } from '../../errors.ts';
import { checkPoints } from './curve-check.ts';
import { generatorsTask } from './generators.ts';
import type { KernelHost } from './host.ts';
import { msmChunk } from './msm.ts';
import { products } from './products.ts';
import { buildTable } from './table.ts';
import type { SentError } from './threads.ts';
import { addScaled, crossTerm, firstUnsatisfied } from './vectors.ts';

/**
 * A piece of work: it runs to its end on one thread. Arguments and result cross to other threads: plain objects of numbers,
 * strings and small typed arrays; what is large lies in the memory.
 */
export type Task<A, R> = (host: KernelHost, args: A) => R;

/** A task by name, with its arguments. Made by {@link taskCall}. */
export interface TaskCall<R = unknown> {
  readonly name: string;
  readonly args: unknown;
  /** Phantom: the type of the result. */
  readonly result?: R;
}

/** All tasks by name. */
export const TASKS = {
  addScaled,
  buildTable,
  checkPoints,
  crossTerm,
  firstUnsatisfied,
  generators: generatorsTask,
  msmChunk,
  products,
} satisfies Record<string, Task<never, unknown>>;

type Tasks = typeof TASKS;

/** A call of one of {@link TASKS}. */
export function taskCall<N extends keyof Tasks>(
  name: N,
  args: Parameters<Tasks[N]>[1],
): TaskCall<ReturnType<Tasks[N]>> {
  return { name, args };
}

/** How a task ended, and the milliseconds that it took. */
export type TaskEnd =
  | { readonly kind: 'done'; readonly ms: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly ms: number; readonly error: SentError };

/** Runs a task to its end. */
export function runTask(host: KernelHost, { name, args }: TaskCall): TaskEnd {
  const start = performance.now();
  try {
    const task = (TASKS as Readonly<Record<string, Task<unknown, unknown>>>)[name];
    if (task === undefined) throw new NovaError('InvalidArgument', `no task ${name}`);
    const result = task(host, args);
    return { kind: 'done', ms: performance.now() - start, result };
  } catch (thrown) {
    const { message, stack } = thrown as Error;
    const code = thrown instanceof NovaError ? thrown.code : undefined;
    return { kind: 'failed', ms: performance.now() - start, error: { code, message, stack } };
  }
}
