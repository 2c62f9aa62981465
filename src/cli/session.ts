import {
  createBackend,
  NovaError,
  nodeGenerators,
  PublicParams,
  type Backend,
  type BackendName,
} from '../node/index.ts';
import { listenForInterrupt } from './interrupt.ts';
import { toHex } from './number.ts';
import type { ParamsOptions } from './options.ts';
import type { Facts } from './meta.ts';
import { Progress } from './progress.ts';

/** What every long command works with: progress on stderr, an abort signal, an engine. */
export interface Session {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly backend: Backend;
}

/** Runs a command with an engine; closes everything afterwards, whatever happens. */
export async function withSession<T>(
  backendName: BackendName | 'auto',
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const progress = new Progress();
  const interrupt = listenForInterrupt(() => {
    progress.note('nova-webgpu: stopping; Ctrl-C again ends at once');
  });
  try {
    const generators = nodeGenerators({
      onWarning: (message) => progress.note(`nova-webgpu: warning: ${message}`),
    });
    const backend = await createBackend(backendName, { generators });
    try {
      return await work({ progress, signal: interrupt.signal, backend });
    } finally {
      await backend.close();
    }
  } catch (error) {
    // the library's own words are about an object in memory
    const stopped =
      error instanceof NovaError && error.code === 'Aborted' && error.cause === interrupt.signal.reason;
    throw stopped ? new NovaError('Aborted', 'interrupted; nothing was written') : error;
  } finally {
    progress.end();
    interrupt.release();
  }
}

/** Sets up the parameters and shows it. */
export async function setUp(
  { progress, signal, backend }: Session,
  { circuit, cycle, hint }: Pick<ParamsOptions, 'circuit' | 'cycle' | 'hint'>,
): Promise<PublicParams> {
  progress.begin(`parameters of ${circuit.name} over ${cycle.name}`);
  return PublicParams.setup(circuit, { cycle, hint, backend, signal, onProgress: progress.onProgress });
}

/** The facts about parameters, with their names in JSON. */
export function paramsFacts(pp: PublicParams): Pick<Facts, 'digest' | 'constraints' | 'variables'> {
  return { digest: toHex(pp.digest), constraints: pp.constraints, variables: pp.variables };
}

/** An object on stdout: the result of a command with `--json`. */
export function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
