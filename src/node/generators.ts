import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Control, GeneratorSource } from '../backend/backend.ts';
import { POINT_BYTES, type Curve } from '../curve/curve.ts';
import { generatorSeeds, SEED_BYTES } from '../curve/generator-seeds.ts';
import { generatorsFromSeeds } from '../curve/generators.ts';
import { NovaError, throwIfAborted } from '../errors.ts';
import { defaultCacheDir } from './cache-dir.ts';
import { readBytes, writeFileAtomically } from './files.ts';
import { decodeGenerators, encodeGenerators, generatorPath, type GeneratorKey } from './generator-file.ts';
import type { SeedTask, SeedReply } from './generator-worker.ts';

/** How {@link nodeGenerators} works. */
export interface NodeGeneratorOptions {
  /** Folder of the files; null keeps none. Default: {@link defaultCacheDir}. */
  readonly cacheDir?: string | null;
  /** Worker threads; never more than the machine runs at once. Default: 2. */
  readonly workers?: number;
  /** Told of a file that had to be rebuilt or could not be written; the generators are right nevertheless. */
  readonly onWarning?: (message: string) => void;
}

const DEFAULT_WORKERS = 2;

/** Points of one task: a tenth of a second's work, so that threads finish together and progress is seen. */
const CHUNK = 256;

/** Up to this many points are made here: a thread takes longer to start. */
const FEW = 128;

/** Points between two turns of the event loop where there are no threads: some 20 ms. */
const TURN = 64;

/**
 * Generators for engines under Node: made in worker threads and kept in a file per curve and label, so that a machine
 * makes them once. They are a prefix of one infinite list, so a longer file serves shorter requests, and a shorter one is
 * continued.
 *
 * @throws {@link NovaError} `InvalidArgument` for a number of workers that makes no sense
 * @example
 * const backend = await createBackend('reference', { generators: nodeGenerators() });
 */
export function nodeGenerators(options: NodeGeneratorOptions = {}): GeneratorSource {
  const { cacheDir = defaultCacheDir(), workers = DEFAULT_WORKERS, onWarning = () => {} } = options;
  if (!Number.isInteger(workers) || workers < 1) {
    throw new NovaError('InvalidArgument', `workers must be a whole number from 1, not ${String(workers)}`);
  }
  const make = async (
    curve: Curve,
    label: Uint8Array,
    count: number,
    control: Control,
  ): Promise<Uint8Array> => {
    const key: GeneratorKey = { curve: curve.name, label };
    const path = cacheDir === null ? undefined : generatorPath(cacheDir, key);
    const kept = path === undefined ? new Uint8Array(0) : await load(path, key, onWarning);
    const start = kept.length / POINT_BYTES;
    if (start >= count) return kept.subarray(0, count * POINT_BYTES);

    const seeds = generatorSeeds(label, count).subarray(start * SEED_BYTES);
    const more = await makeFromSeeds(curve, seeds, workers, control);
    const points = new Uint8Array(count * POINT_BYTES);
    points.set(kept);
    points.set(more, kept.length);
    if (path !== undefined) await save(path, key, points, onWarning);
    return points;
  };
  // One request at a time: two for the same list would make it twice, and threads for two would fight for the cores.
  let turn: Promise<unknown> = Promise.resolve();
  return (curve, label, count, control = {}) => {
    const made = turn.then(() => {
      throwIfAborted(control.signal);
      return make(curve, label, count, control);
    });
    turn = made.catch(() => {});
    return made;
  };
}

/** The points that the file holds; none if there is no file or it must be rebuilt. */
async function load(path: string, key: GeneratorKey, warn: (message: string) => void): Promise<Uint8Array> {
  if (!existsSync(path)) return new Uint8Array(0);
  try {
    return decodeGenerators(key, await readBytes(path));
  } catch (error) {
    warn(`the kept generators in ${path} are not used and will be made again: ${(error as Error).message}`);
    return new Uint8Array(0);
  }
}

/** Keeps the points, unless another process has kept more of them meanwhile. */
async function save(
  path: string,
  key: GeneratorKey,
  points: Uint8Array,
  warn: (message: string) => void,
): Promise<void> {
  try {
    const kept = await load(path, key, () => {});
    if (kept.length < points.length) await writeFileAtomically(path, encodeGenerators(key, points));
  } catch (error) {
    warn(`the generators could not be kept for the next time: ${(error as Error).message}`);
  }
}

/** The generators of the seeds, {@link POINT_BYTES} bytes each. */
async function makeFromSeeds(
  curve: Curve,
  seeds: Uint8Array,
  workers: number,
  control: Control,
): Promise<Uint8Array> {
  throwIfAborted(control.signal);
  const script = seeds.length <= FEW * SEED_BYTES ? undefined : workerScript();
  return script === undefined
    ? makeHere(curve, seeds, control)
    : makeInWorkers(script, curve, seeds, workers, control);
}

/** The built worker: beside the bundle, or, for the library's own tests, which run from source, in `dist`. */
function workerScript(): URL | undefined {
  const fromSource = import.meta.url.endsWith('/src/node/generators.ts');
  const script = new URL(
    fromSource ? '../../dist/generator-worker.js' : './generator-worker.js',
    import.meta.url,
  );
  return script.protocol === 'file:' && existsSync(script) ? script : undefined;
}

async function makeHere(curve: Curve, seeds: Uint8Array, control: Control): Promise<Uint8Array> {
  const count = seeds.length / SEED_BYTES;
  const out = new Uint8Array(count * POINT_BYTES);
  for (let done = 0; done < count; done += TURN) {
    const end = Math.min(done + TURN, count);
    out.set(
      generatorsFromSeeds(curve, seeds.subarray(done * SEED_BYTES, end * SEED_BYTES)),
      done * POINT_BYTES,
    );
    control.onProgress?.(end / count);
    await setImmediate();
    throwIfAborted(control.signal);
  }
  return out;
}

/** Deals out chunks of the seeds to threads; all threads have ended when this returns or throws. */
async function makeInWorkers(
  script: URL,
  curve: Curve,
  seeds: Uint8Array,
  workers: number,
  { signal, onProgress }: Control,
): Promise<Uint8Array> {
  const count = seeds.length / SEED_BYTES;
  const out = new Uint8Array(count * POINT_BYTES);
  const threads = Math.min(workers, availableParallelism(), Math.ceil(count / CHUNK));
  const pool: Worker[] = [];
  let stop: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const attempt = (action: () => void): void => {
        try {
          action();
        } catch (error) {
          reject(error as Error);
        }
      };
      const died = (cause: unknown): void => {
        reject(
          new NovaError('OutOfMemory', 'a thread that makes generators died; free some memory', { cause }),
        );
      };
      stop = () => attempt(() => throwIfAborted(signal));
      signal?.addEventListener('abort', stop, { once: true });

      let dealt = 0;
      let done = 0;
      const deal = (worker: Worker): void => {
        if (dealt === count) return;
        const end = Math.min(dealt + CHUNK, count);
        const chunk = seeds.slice(dealt * SEED_BYTES, end * SEED_BYTES);
        worker.postMessage({ curve: curve.name, start: dealt, seeds: chunk } satisfies SeedTask);
        dealt = end;
      };
      const take = ({ start, points }: SeedReply, worker: Worker): void => {
        out.set(points, start * POINT_BYTES);
        done += points.length / POINT_BYTES;
        onProgress?.(done / count);
        if (done === count) resolve();
        else deal(worker);
      };
      for (let i = 0; i < threads; i++) {
        // None of the options that this process was started with: some forbid a script.
        const worker = new Worker(script, { execArgv: [] });
        pool.push(worker);
        worker.on('message', (reply: SeedReply) => attempt(() => take(reply, worker)));
        worker.on('error', died);
        worker.on('exit', (code) => died(new Error(`exit code ${code}`)));
        deal(worker);
      }
    });
  } finally {
    if (stop) signal?.removeEventListener('abort', stop);
    await Promise.all(pool.map((worker) => worker.terminate()));
  }
  return out;
}
