import type { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';

const threads = process.getBuiltinModule('node:worker_threads');

/**
 * Sees every worker that is started from now on until the test ends.
 *
 * @param script a script that they run instead of their own
 */
export function watchWorkers(script?: URL): Worker[] {
  const started: Worker[] = [];
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    constructor(...[file, options]: ConstructorParameters<typeof Worker>) {
      super(script ?? file, options);
      started.push(this);
    }
  };
  onTestFinished(() => void (threads.Worker = Worker));
  return started;
}

/** Makes the creation of workers throw until the test ends. */
export function forbidWorkers(): void {
  const { Worker } = threads;
  threads.Worker = class {
    constructor() {
      throw new Error('workers are forbidden here');
    }
  } as unknown as typeof Worker;
  onTestFinished(() => void (threads.Worker = Worker));
}
