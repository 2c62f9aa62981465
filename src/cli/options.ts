import { parseArgs, type ParseArgsConfig } from 'node:util';
import {
  BACKENDS,
  BUILTIN_CIRCUITS,
  builtinCircuit,
  CK_HINTS,
  cycleByName,
  defaultCacheDir,
  needsPtau,
  NovaError,
  type BackendName,
  type BuiltinCircuit,
  type CkHint,
  type Cycle,
} from '../node/index.ts';
import { MAX_OWNER as MAX_THREADS } from '../backend/wasm/claims.ts';
import { parseFieldElement, parseNatural, parseSteps, quote } from './number.ts';

/** What a command works with: the engine, and where things are kept. Nothing of it changes a result. */
export interface Equipment {
  readonly backend: BackendName | 'auto';
  /** Threads of the engine; undefined: as many as it sees fit. */
  readonly threads: number | undefined;
  /** Which adapter the engine `webgpu` is to use; undefined: the fastest. */
  readonly adapter: string | undefined;
  /** Folder for generators and parameters; undefined: the default, null: nothing is kept or read. */
  readonly cacheDir: string | null | undefined;
}

/** What decides the public parameters. */
export interface ParamsOptions extends Equipment {
  readonly circuit: BuiltinCircuit;
  readonly cycle: Cycle;
  readonly hint: CkHint;
  /** Folder of powers-of-tau files; undefined for the cycles that take none. */
  readonly ptau: string | undefined;
}

export interface ProveOptions extends ParamsOptions {
  readonly steps: number;
  readonly z0: readonly bigint[];
  /** Folder for the proof; undefined: nothing is written. */
  readonly out: string | undefined;
  readonly insecureSeed: string | undefined;
}

export interface VerifyOptions extends Equipment {
  readonly folder: string;
  /** Folder of powers-of-tau files, for a proof on a cycle that takes them. */
  readonly ptau: string | undefined;
}

/** A command line that was understood and whose values were all checked. */
export type Command =
  | { readonly name: 'prove'; readonly json: boolean; readonly options: ProveOptions }
  | { readonly name: 'verify'; readonly json: boolean; readonly options: VerifyOptions }
  | { readonly name: 'params'; readonly json: boolean; readonly options: ParamsOptions }
  | { readonly name: 'info'; readonly json: boolean; readonly threads: number | undefined }
  | { readonly name: 'help' }
  | { readonly name: 'version' };

export const USAGE: string = `usage:
  nova-webgpu prove  --circuit C --steps N [--cycle CYCLE] [--hint HINT] [--ptau DIR] [--out DIR]
                     [--z0 A,B] [--insecure-seed TEXT] [ENGINE AND CACHE] [--json]
  nova-webgpu verify DIR [--ptau DIR] [ENGINE AND CACHE] [--json]
  nova-webgpu params --circuit C [--cycle CYCLE] [--hint HINT] [--ptau DIR] [ENGINE AND CACHE] [--json]
  nova-webgpu info   [--threads N] [--json]
  nova-webgpu --help | --version
ENGINE AND CACHE: [--backend BACKEND] [--threads N] [--adapter NAME] [--no-cache | --cache-dir DIR]`;

/** The choices and defaults under the usage lines; built from the lists that the library itself uses. */
export function helpText(cycles: readonly Cycle[]): string {
  const list = (names: readonly string[]): string => names.join(', ');
  const circuits = BUILTIN_CIRCUITS.map(
    ({ form, about }) => `              ${form.padEnd(9)}  ${about}`,
  ).join('\n');
  return `nova-webgpu: Nova folding proofs, byte for byte those of nova-snark

${USAGE}

  C         the computation of one step:
${circuits}
  CYCLE     ${list(cycles.map((c) => c.name))}; default ${DEFAULTS.cycle}
  HINT      ${list(Object.keys(CK_HINTS))}: the final SNARK that the commitment key has room for
  BACKEND   ${list(backendNames())}; default ${DEFAULTS.backend}
  --steps   how many steps to prove
  --z0      the start values, decimal or 0x-hex, separated by commas; default: the circuit's own
  --ptau    for ${list(cycles.filter(needsPtau).map((c) => c.name))}: the folder of powers-of-tau files, named ppot_pruned_XX.ptau
            or ppot_0080_XX.ptau; security rests on the ceremony that made them
  --out     the folder for recursive.bin and meta.json, made if need be; without it nothing is written
  --insecure-seed
            for tests: draws all randomness from SHAKE256(TEXT); such a proof hides nothing
  --threads worker threads of the engine, 0 for none; default: as many as the machine runs, at most 8
  --adapter part of the name of the adapter that the engine webgpu uses, or "software" for one that
            computes on the CPU, which is slow; default: the fastest GPU
  --cache-dir
            the folder that keeps generators and parameters; default ${defaultCacheDir()}
  --no-cache
            makes them anew, and keeps nothing
  --json    prints one JSON object on stdout

Exit codes: 0 done or accepted, 1 rejected or failed, 2 wrong use.
Ctrl-C stops a proof and saves its state (with --out); a second one ends the process at once.`;
}

/** Names that `--backend` takes. */
export function backendNames(): readonly (BackendName | 'auto')[] {
  return ['auto', ...BACKENDS];
}

const DEFAULTS = { cycle: 'pasta', hint: 'default', backend: 'auto' } as const;

/** The options that each command takes besides `--help`; all but flags take a value. */
const FLAGS: readonly string[] = ['json', 'help', 'no-cache'];
const EQUIPMENT = ['backend', 'threads', 'adapter', 'cache-dir', 'no-cache'] as const;
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  prove: ['circuit', 'steps', 'cycle', 'hint', 'ptau', 'out', 'z0', 'insecure-seed', ...EQUIPMENT, 'json'],
  verify: ['ptau', ...EQUIPMENT, 'json'],
  params: ['circuit', 'cycle', 'hint', 'ptau', ...EQUIPMENT, 'json'],
  info: ['threads', 'json'],
};

type Values = Record<string, string | boolean | undefined>;

/**
 * Reads a command line (without node and script) and checks every value, so that a mistake shows before any work.
 *
 * @throws {@link NovaError} `InvalidArgument`, `UnknownCircuit`, `UnknownCycle`, `UnknownBackend`, `InvalidNumSteps`,
 * `InvalidInitialInputLength`, `InvalidFieldElement`
 */
export function parseCommand(argv: readonly string[]): Command {
  const [name, ...rest] = argv;
  if (name === undefined)
    throw new NovaError('InvalidArgument', 'a command is missing: prove, verify, params or info');
  if (name === '--help' || name === '-h' || name === 'help') return { name: 'help' };
  if (name === '--version') return { name: 'version' };
  if (!Object.hasOwn(OPTIONS, name)) {
    throw new NovaError(
      'InvalidArgument',
      `no command ${quote(name)}; there are ${Object.keys(OPTIONS).join(', ')}`,
    );
  }

  const { values, positionals } = parseValues(name, rest);
  if (values.help) return { name: 'help' };
  const json = values.json === true;
  switch (name) {
    case 'prove':
      return { name, json, options: proveOptions(values) };
    case 'params':
      return { name, json, options: paramsOptions(values) };
    case 'verify':
      refuseEmpty(values, 'ptau');
      return {
        name,
        json,
        options: {
          folder: folderArgument(positionals),
          ptau: values.ptau as string | undefined,
          ...equipment(values),
        },
      };
    default:
      return { name: 'info', json, threads: threadsOption(values) };
  }
}

function parseValues(command: string, args: string[]): { values: Values; positionals: string[] } {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const option of [...OPTIONS[command], 'help']) {
    options[option] = { type: FLAGS.includes(option) ? 'boolean' : 'string' };
  }
  options.help.short = 'h';
  const config = {
    args,
    options,
    allowPositionals: command === 'verify',
    strict: true,
    tokens: true,
  } as const;
  let parsed: ReturnType<typeof parseArgs<typeof config>>;
  try {
    parsed = parseArgs(config);
  } catch (cause) {
    // Node's own message; its first sentence says what is wrong with which option.
    const [message] = (cause as Error).message.split(/\. |\n/);
    throw new NovaError('InvalidArgument', `${command}: ${message}`, { cause });
  }
  const seen = new Set<string>();
  for (const token of parsed.tokens) {
    if (token.kind !== 'option') continue;
    if (seen.has(token.name)) throw new NovaError('InvalidArgument', `--${token.name} is given twice`);
    seen.add(token.name);
  }
  return { values: parsed.values as Values, positionals: parsed.positionals };
}

function paramsOptions(values: Values): ParamsOptions {
  if (values.circuit === undefined) {
    const forms = BUILTIN_CIRCUITS.map((circuit) => circuit.form);
    throw new NovaError('InvalidArgument', `--circuit is missing: ${forms.join(', ')}`);
  }
  refuseEmpty(values, 'ptau');
  const cycle = cycleByName(text(values, 'cycle', DEFAULTS.cycle));
  return {
    circuit: builtinCircuit(text(values, 'circuit')),
    cycle,
    hint: parseHint(text(values, 'hint', DEFAULTS.hint)),
    ptau: checkPtau(cycle, values.ptau as string | undefined),
    ...equipment(values),
  };
}

/** The folder of powers of tau, which a cycle takes or not. @throws {@link NovaError} `InvalidArgument` */
export function checkPtau(cycle: Cycle, ptau: string | undefined): string | undefined {
  if (needsPtau(cycle) && ptau === undefined) {
    throw new NovaError('InvalidArgument', `the cycle ${cycle.name} takes powers of tau: add --ptau DIR`);
  }
  if (!needsPtau(cycle) && ptau !== undefined) {
    throw new NovaError(
      'InvalidArgument',
      `the cycle ${cycle.name} takes no powers of tau: leave --ptau out`,
    );
  }
  return ptau;
}

function proveOptions(values: Values): ProveOptions {
  const params = paramsOptions(values);
  if (values.steps === undefined)
    throw new NovaError('InvalidArgument', '--steps is missing: how many steps to prove');
  refuseEmpty(values, 'out', 'insecure-seed');
  return {
    ...params,
    steps: parseSteps(text(values, 'steps'), '--steps'),
    z0: parseZ0(values.z0 === undefined ? undefined : text(values, 'z0'), params),
    out: values.out as string | undefined,
    insecureSeed: values['insecure-seed'] as string | undefined,
  };
}

/** The start values: as many as the circuit's arity, each an element of the field that the circuit runs over. */
function parseZ0(list: string | undefined, { circuit, cycle }: ParamsOptions): readonly bigint[] {
  if (list === undefined) return circuit.z0;
  const items = list.split(',');
  if (items.length !== circuit.arity) {
    throw new NovaError(
      'InvalidInitialInputLength',
      `--z0 has ${items.length} values, but ${circuit.name} takes ${circuit.arity}; separate them by commas`,
    );
  }
  return items.map((item, i) => parseFieldElement(cycle.primary.scalar, item, `value ${i + 1} of --z0`));
}

/** @throws {@link NovaError} `InvalidArgument` */
export function parseHint(name: string): CkHint {
  if (!Object.hasOwn(CK_HINTS, name)) {
    throw new NovaError(
      'InvalidArgument',
      `no hint ${quote(name)}; there are ${Object.keys(CK_HINTS).join(', ')}`,
    );
  }
  return name as CkHint;
}

/** What is empty most often comes from an unset variable of a script. */
function refuseEmpty(values: Values, ...options: string[]): void {
  for (const option of options) {
    if (values[option] === '') throw new NovaError('InvalidArgument', `--${option} must not be empty`);
  }
}

function equipment(values: Values): Equipment {
  refuseEmpty(values, 'cache-dir', 'adapter');
  const folder = values['cache-dir'] as string | undefined;
  const none = values['no-cache'] === true;
  if (none && folder !== undefined) {
    throw new NovaError('InvalidArgument', '--no-cache and --cache-dir exclude each other');
  }
  return {
    backend: backendOption(values),
    threads: threadsOption(values),
    adapter: adapterOption(values),
    cacheDir: none ? null : folder,
  };
}

/** An adapter that is asked for must not be passed over in silence. */
function adapterOption(values: Values): string | undefined {
  if (values.adapter === undefined) return undefined;
  if (backendOption(values) !== 'webgpu') {
    throw new NovaError('InvalidArgument', '--adapter is for the engine webgpu: add --backend webgpu');
  }
  return text(values, 'adapter');
}

function threadsOption(values: Values): number | undefined {
  if (values.threads === undefined) return undefined;
  const given = text(values, 'threads');
  const n = Number(parseNatural(given) ?? NaN);
  if (!(n <= MAX_THREADS)) {
    throw new NovaError(
      'InvalidArgument',
      `--threads is ${quote(given)}; it must be a whole number from 0 to ${MAX_THREADS}`,
    );
  }
  return n;
}

function backendOption(values: Values): BackendName | 'auto' {
  const name = text(values, 'backend', DEFAULTS.backend);
  const known = backendNames().find((backend) => backend === name);
  if (known === undefined) {
    throw new NovaError(
      'UnknownBackend',
      `no backend ${quote(name)}; there are ${backendNames().join(', ')}`,
    );
  }
  return known;
}

function folderArgument(positionals: readonly string[]): string {
  if (positionals.length !== 1 || positionals[0] === '') {
    throw new NovaError('InvalidArgument', 'verify takes one folder, that of recursive.bin and meta.json');
  }
  return positionals[0];
}

function text(values: Values, option: string, fallback?: string): string {
  return (values[option] as string | undefined) ?? (fallback as string);
}
