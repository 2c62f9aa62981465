import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isBuiltinCircuit } from '../circuit/builtin.ts';
import { isSavable } from '../circuit/saved-circuit.ts';
import type { StepCircuit } from '../circuit/step-circuit.ts';
import { CYCLES, cycleByName } from '../curve/cycles.ts';
import { elementsToBytes } from '../field/bytes.ts';
import type { ConstraintMatrices } from '../field/sparse.ts';
import { NovaError, type ErrorCode } from '../errors.ts';
import { restorePair, synthesizePair, type CircuitPair } from '../nova/circuit-pair.ts';
import type { Sha3 } from '../hash/digest.ts';
import { PublicParams, type SetupOptions } from '../nova/params.ts';
import { libraryBuild } from './build.ts';
import { defaultCacheDir } from './cache-dir.ts';
import { readBytes, writeFileAtomically } from './files.ts';
import { decodeParamsFile, encodeParamsFile, paramsPath, type ParamsKey } from './params-file.ts';

/** How {@link cachedParams} works. */
export interface CachedParamsOptions extends Omit<SetupOptions, 'circuits' | 'sha3'> {
  /** Folder of the files; null keeps none. Default: {@link defaultCacheDir}. */
  readonly cacheDir?: string | null;
  /**
   * A name for a circuit of your own: its file has it, so that a changed circuit replaces the old file. By default the file is
   * named by a hash of the circuit, and files of old circuits stay. Ignored for built-in circuits.
   */
  readonly cacheKey?: string;
  /** Told of a file that had to be rebuilt or could not be written; the parameters are right nevertheless. */
  readonly onWarning?: (message: string) => void;
}

/** Parameters, and whether they come from a file. */
export interface CachedParams {
  readonly params: PublicParams;
  readonly cached: boolean;
}

/** What says that the file is of no use; any other error would meet a new set-up too. */
const USELESS: readonly ErrorCode[] = [
  'FileError',
  'InvalidEncoding',
  'InvalidCommitmentKey',
  'InvalidIndex',
  'ParamsMismatch',
  'PointNotInSubgroup',
  'UnknownCycle',
];

/**
 * `PublicParams.setup` that keeps its result in a file, so that the second run of the same circuit starts at once. A file
 * that is damaged, or of another version, circuit or build of the library, is found, reported, and written anew.
 *
 * A file of a built-in circuit holds the compiled circuits too. A circuit of your own is synthesised in every process, since
 * it may contain functions, and the file is used only if it was written for the very same matrices.
 *
 * A file's checksum guards against damage, not against somebody who can write to the cache folder: as the user's other
 * files, the folder is trusted. `PublicParams.load` trusts nothing and takes longer.
 *
 * @throws {@link NovaError} what `PublicParams.setup` throws; never because of a file
 * @example
 * const pp = await cachedParams(builtinCircuit('cubic'), { backend });
 */
export async function cachedParams(
  circuit: StepCircuit,
  options: CachedParamsOptions,
): Promise<PublicParams> {
  return (await loadOrSetUp(circuit, options)).params;
}

/** As {@link cachedParams}, and says where the parameters come from. */
export async function loadOrSetUp(circuit: StepCircuit, options: CachedParamsOptions): Promise<CachedParams> {
  const { cacheDir = defaultCacheDir(), onWarning = () => {}, cacheKey, ...setupOptions } = options;
  const setup: SetupOptions = { ...setupOptions, sha3 };
  const cycle = typeof options.cycle === 'object' ? options.cycle : cycleByName(options.cycle ?? 'pasta');
  // a file names its cycle, which must mean the same to everyone
  if (cacheDir === null || !CYCLES.includes(cycle)) {
    return { params: await PublicParams.setup(circuit, setup), cached: false };
  }
  const { hint = 'default' } = options;
  const builtin = isBuiltinCircuit(circuit);
  const circuits = builtin ? undefined : await synthesizePair(circuit, cycle, options);
  const key = { cycle, hint, ...(circuits ? userKey(circuit, circuits, cacheKey) : builtinKey(circuit)) };
  const path = paramsPath(cacheDir, key);

  if (existsSync(path)) {
    try {
      return { params: await load(path, key, circuit, { ...setup, circuits }), cached: true };
    } catch (error) {
      if (!(error instanceof NovaError && USELESS.includes(error.code))) throw error;
      onWarning(`the kept parameters in ${path} are not used and will be made again: ${error.message}`);
    }
  }
  const params = await PublicParams.setup(circuit, { ...setup, circuits });
  try {
    await writeFileAtomically(path, await encode(key, params, builtin));
  } catch (error) {
    onWarning(`the parameters could not be kept for the next time: ${(error as Error).message}`);
  }
  return { params, cached: false };
}

async function load(
  path: string,
  key: ParamsKey,
  circuit: StepCircuit,
  options: SetupOptions,
): Promise<PublicParams> {
  const file = decodeParamsFile(key, await readBytes(path));
  const { primary, secondary } = file.circuits ?? {};
  const circuits =
    primary && secondary ? restorePair(circuit, key.cycle, primary, secondary) : options.circuits;
  return PublicParams.load(circuit, file.params, { ...options, circuits, trusted: true });
}

async function encode(key: ParamsKey, pp: PublicParams, builtin: boolean): Promise<Uint8Array> {
  const { primary, secondary } = { primary: pp.primary.circuit, secondary: pp.secondary.circuit };
  const keepsCircuits = builtin && isSavable(primary);
  return encodeParamsFile(key, {
    params: await pp.save(),
    circuits: keepsCircuits ? { primary, secondary } : undefined,
  });
}

function builtinKey(
  circuit: StepCircuit & { readonly name?: string },
): Pick<ParamsKey, 'circuit' | 'content'> {
  return { circuit: String(circuit.name), content: libraryBuild() };
}

/** A user's circuit is what it compiles to. The arity is in the digest by itself. */
function userKey(
  { arity }: StepCircuit,
  { primary, secondary }: CircuitPair,
  cacheKey: string | undefined,
): Pick<ParamsKey, 'circuit' | 'content'> {
  const hash = createHash('sha256').update(`${arity}\n`);
  for (const { matrices } of [primary, secondary]) addMatrices(hash, matrices);
  const content = hash.digest('hex');
  return { circuit: cacheKey === undefined ? `circuit-${content.slice(0, 32)}` : `key ${cacheKey}`, content };
}

function addMatrices(hash: ReturnType<typeof createHash>, m: ConstraintMatrices): void {
  hash.update(`${m.field.p} ${m.constraints} ${m.variables} ${m.io}\n`);
  for (const { rowPtr, columns, coefficients } of [m.A, m.B, m.C]) {
    hash.update(`${columns.length}\n`);
    for (const words of [rowPtr, columns, coefficients]) hash.update(words);
  }
  hash.update(elementsToBytes(m.field, m.dictionary));
}

/** Node's own SHA3-256. */
function sha3(): Sha3 {
  return createHash('sha3-256');
}
