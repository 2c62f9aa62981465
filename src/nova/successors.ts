/** Engines that may fail, and what takes their place. */
import type { Backend } from '../backend/backend.ts';
import { isEngineFailure, NovaError } from '../errors.ts';

/** Works on an engine, or on those that succeed it when it fails. */
export async function withSuccessors<T>(first: Backend, work: (backend: Backend) => Promise<T>): Promise<T> {
  let backend = first;
  for (let failures = 1; ; failures++) {
    try {
      return await work(backend);
    } catch (error) {
      if (backend.supervision === undefined || !isEngineFailure(error)) throw error;
      backend = await backend.supervision.successor(error, failures);
    }
  }
}

/** What is said of an engine whose results are refused by another one. @param what what is wrong */
export function wrongAnswers({ name }: Backend, what: string, cause?: unknown): NovaError {
  return new NovaError(
    'DeviceFault',
    `the engine ${name} has given wrong answers: ${what}. Nothing of it was handed out; try again, or use the engine wasm`,
    { cause },
  );
}
