import { NovaError } from '../errors.ts';
import type { Backend, BackendOptions } from './backend.ts';
import { createReferenceBackend } from './reference/engine.ts';

export type { BackendOptions, GeneratorSource } from './backend.ts';

/** The name of an engine. */
export type BackendName = 'reference';

/** The names of the engines. */
export const BACKENDS: readonly BackendName[] = ['reference'];

/**
 * Makes an engine. A name gets that engine or an error; `auto` takes the fastest one that runs here, and the engine's
 * `name` says which it is.
 *
 * @throws {@link NovaError} `UnknownBackend`; the message lists the names
 * @example
 * const backend = await createBackend('auto');
 */
export async function createBackend(
  name: BackendName | 'auto',
  options: BackendOptions = {},
): Promise<Backend> {
  switch (name) {
    case 'auto':
    case 'reference':
      return createReferenceBackend(options);
    default:
      throw new NovaError(
        'UnknownBackend',
        `no engine "${String(name)}"; there are auto, ${BACKENDS.join(', ')}`,
      );
  }
}
