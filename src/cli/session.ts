import {
  allowRelaxedSimd,
  createBackend,
  NovaError,
  nodeGenerators,
  nodeGpu,
  nodeModules,
  ptauDirectory,
  type Backend,
  type NodeGeneratorOptions,
  type NodeGpuOptions,
  type PublicParams,
} from '../node/index.ts';
import { loadOrSetUp } from '../node/params-cache.ts';
import { listenForInterrupt } from './interrupt.ts';
import { toHex } from './number.ts';
import type { EngineOptions, Equipment, ParamsOptions } from './options.ts';
import type { Facts } from './meta.ts';
import { Progress } from './progress.ts';

/** What every long command works with: progress on stderr, an abort signal, an engine. */
export interface Session {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly backend: Backend;
  /** Where things are kept, and who is told about trouble with it. */
  readonly cache: Pick<NodeGeneratorOptions, 'cacheDir' | 'onWarning'>;
  /** When the making of the engine began; `performance.now()`. */
  readonly started: number;
}

/** Runs a command with an engine; closes everything afterwards, whatever happens. */
export async function withSession<T>(
  { backend: name, threads, adapter, cacheDir }: Equipment,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const progress = new Progress();
  const interrupt = listenForInterrupt(() => {
    progress.note('nova-webgpu: stopping; Ctrl-C again ends at once');
  });
  try {
    const started = performance.now();
    const cache = {
      ...(cacheDir !== undefined && { cacheDir }),
      onWarning: (message: string) => progress.note(`nova-webgpu: warning: ${message}`),
    };
    const notice = (message: string) => progress.note(`nova-webgpu: ${message}`);
    const backend = await openBackend({ backend: name, threads, adapter }, cache, notice);
    try {
      return await work({ progress, signal: interrupt.signal, backend, cache, started });
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

/** Says what a seed means for a proof. */
export function warnOfSeed({ progress }: Session, seed: string | undefined): void {
  if (seed === undefined) return;
  progress.note(
    'nova-webgpu: warning: --insecure-seed makes all randomness predictable; the proof hides nothing',
  );
}

/** An engine. `reference` takes generators from a file and from threads; the others make their own in less time. */
export async function openBackend(
  { backend: name, threads, adapter }: EngineOptions,
  cache: Session['cache'],
  onNotice: (message: string) => void,
): Promise<Backend> {
  await allowRelaxedSimd();
  const given = threads === undefined ? {} : { threads };
  const choice = adapter === undefined ? {} : { adapter };
  const gpu = await gpuFor(name, choice);
  const webgpu = gpu && { webgpu: { gpu, ...choice } };
  const backend = await createBackend(name, { modules: nodeModules(cache), onNotice, ...given, ...webgpu });
  if (backend.name !== 'reference') return backend;
  await backend.close();
  const workers = threads === undefined ? {} : { workers: Math.max(1, threads) };
  return createBackend('reference', { generators: nodeGenerators({ ...cache, ...workers }) });
}

/** What the set-up took, with the names of the JSON fields. */
export interface Setup {
  /** Milliseconds from the making of the engine to parameters that are ready. */
  readonly setup_ms: number;
  /** Whether the parameters come from the cache. */
  readonly setup_cached: boolean;
}

/** Parameters that are ready. */
export interface Ready {
  readonly pp: PublicParams;
  readonly setup: Setup;
}

/** WebGPU, for the engines that use it. Where it is missing `auto` is given one without adapters, and tells why. */
async function gpuFor(name: EngineOptions['backend'], choice: NodeGpuOptions): Promise<GPU | undefined> {
  if (name === 'webgpu') return nodeGpu(choice);
  if (name !== 'auto') return undefined;
  try {
    return await nodeGpu(choice);
  } catch (error) {
    if (!(error instanceof NovaError) || error.code !== 'BackendUnavailable') throw error;
    return { requestAdapter: () => Promise.reject(error) } as unknown as GPU;
  }
}

/** Sets up the parameters, or takes them from the cache, and shows it. */
export async function setUp(
  { progress, signal, backend, cache, started }: Session,
  { circuit, cycle, hint, ptau }: Pick<ParamsOptions, 'circuit' | 'cycle' | 'hint' | 'ptau'>,
): Promise<Ready> {
  progress.begin(`parameters of ${circuit.name} over ${cycle.name}`);
  const { onProgress } = progress;
  const { params, cached } = await loadOrSetUp(circuit, {
    cycle,
    hint,
    ptau: ptau === undefined ? undefined : ptauDirectory(ptau),
    backend,
    signal,
    onProgress,
    ...cache,
  });
  return { pp: params, setup: { setup_ms: performance.now() - started, setup_cached: cached } };
}

/** The facts about parameters, with their names in JSON. */
export function paramsFacts(pp: PublicParams): Pick<Facts, 'digest' | 'constraints' | 'variables'> {
  return { digest: toHex(pp.digest), constraints: pp.constraints, variables: pp.variables };
}

/** An object on stdout: the result of a command with `--json`. */
export function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
