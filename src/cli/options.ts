import { parseArgs, type ParseArgsConfig } from 'node:util';
import {
  BACKENDS,
  BUILTIN_CIRCUITS,
  builtinCircuit,
  CK_HINTS,
  cycleByName,
  FINAL_SNARKS,
  hintOf,
  needsPtau,
  NovaError,
  type BackendName,
  type BuiltinCircuit,
  type CkHint,
  type Cycle,
  type DirectSnark,
  type FinalSnark,
} from '../node/index.ts';
import { MAX_OWNER as MAX_THREADS } from '../backend/wasm/claims.ts';
import { parseFieldElement, parseNatural, parseSteps, quote } from './number.ts';

/** Which engine works, and with what. */
export interface EngineOptions {
  readonly backend: BackendName | 'auto';
  /** Threads of the engine; undefined: as many as it sees fit. */
  readonly threads: number | undefined;
  /** Which adapter the engine `webgpu` is to use; undefined: the fastest. */
  readonly adapter: string | undefined;
}

/** What a long command works with: the engine, and where things are kept. Nothing of it changes a result. */
export interface Equipment extends EngineOptions {
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

/** What a prover starts from, and where its results go. */
interface Run {
  readonly z0: readonly bigint[];
  /** Folder for the proof; undefined: nothing is written. */
  readonly out: string | undefined;
  readonly insecureSeed: string | undefined;
}

export interface ProveOptions extends ParamsOptions, Run {
  readonly steps: number;
  /** The SNARKs that end the compressed proof; `none`: there is none. */
  readonly snark: FinalSnark | 'none';
}

export interface VerifyOptions extends Equipment {
  readonly folder: string;
  /** Folder of powers-of-tau files, for a proof on a cycle that takes them. */
  readonly ptau: string | undefined;
  /** The digest of the verifier key that is meant; undefined: the key is made from the circuit. */
  readonly vkDigest: string | undefined;
  /** Which proof of the folder: undefined: the one that meta.json names. */
  readonly snark: FinalSnark | 'none' | undefined;
}

export interface DirectProveOptions extends Omit<ParamsOptions, 'hint'>, Run {
  readonly snark: DirectSnark;
}

export type DirectVerifyOptions = Omit<VerifyOptions, 'snark'>;

/** A command line that was understood and whose values were all checked. */
export type Command =
  | { readonly name: 'prove'; readonly json: boolean; readonly options: ProveOptions }
  | { readonly name: 'verify'; readonly json: boolean; readonly options: VerifyOptions }
  | { readonly name: 'direct prove'; readonly json: boolean; readonly options: DirectProveOptions }
  | { readonly name: 'direct verify'; readonly json: boolean; readonly options: DirectVerifyOptions }
  | { readonly name: 'params'; readonly json: boolean; readonly options: ParamsOptions }
  | { readonly name: 'info'; readonly json: boolean; readonly engine: EngineOptions }
  | { readonly name: 'help' }
  | { readonly name: 'version' };

/** Names that `--backend` takes. */
export function backendNames(): readonly (BackendName | 'auto')[] {
  return ['auto', ...BACKENDS];
}

export const DEFAULTS = { cycle: 'pasta', hint: 'default', snark: 'none', backend: 'auto' } as const;

/** The options that each command takes besides `--help`; all but flags take a value. */
const FLAGS: readonly string[] = ['json', 'help', 'no-cache'];
const EQUIPMENT = ['backend', 'threads', 'adapter', 'cache-dir', 'no-cache'] as const;
const RUN = ['circuit', 'cycle', 'ptau', 'out', 'z0', 'insecure-seed'] as const;
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  prove: ['steps', 'hint', 'snark', ...RUN, ...EQUIPMENT, 'json'],
  verify: ['ptau', 'snark', 'vk-digest', ...EQUIPMENT, 'json'],
  'direct prove': ['snark', ...RUN, ...EQUIPMENT, 'json'],
  'direct verify': ['ptau', 'vk-digest', ...EQUIPMENT, 'json'],
  params: ['circuit', 'cycle', 'hint', 'ptau', ...EQUIPMENT, 'json'],
  info: ['backend', 'threads', 'adapter', 'json'],
};

type Values = Record<string, string | boolean | undefined>;

/**
 * Reads a command line (without node and script) and checks every value, so that a mistake shows before any work.
 *
 * @throws {@link NovaError} `InvalidArgument`, `UnknownCircuit`, `UnknownCycle`, `UnknownBackend`, `InvalidNumSteps`,
 * `InvalidInitialInputLength`, `InvalidFieldElement`
 */
export function parseCommand(argv: readonly string[]): Command {
  const words = argv[0] === 'direct' && argv.length > 1 ? 2 : 1;
  const name = argv.slice(0, words).join(' ');
  const rest = argv.slice(words);
  if (argv.length === 0)
    throw new NovaError('InvalidArgument', `a command is missing: ${Object.keys(OPTIONS).join(', ')}`);
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
      return {
        name,
        json,
        options: {
          ...verifyOptions(values, positionals),
          snark: values.snark === undefined ? undefined : parseSnark(text(values, 'snark')),
        },
      };
    case 'direct prove':
      return { name, json, options: directProveOptions(values) };
    case 'direct verify':
      return { name, json, options: verifyOptions(values, positionals) };
    default:
      return { name: 'info', json, engine: engineOptions(values) };
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
    allowPositionals: command.endsWith('verify'),
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
  return { ...circuitOptions(values), hint: parseHint(text(values, 'hint', DEFAULTS.hint)) };
}

function circuitOptions(values: Values): Omit<ParamsOptions, 'hint'> {
  if (values.circuit === undefined) {
    const forms = BUILTIN_CIRCUITS.map((circuit) => circuit.form);
    throw new NovaError('InvalidArgument', `--circuit is missing: ${forms.join(', ')}`);
  }
  refuseEmpty(values, 'ptau');
  const cycle = cycleByName(text(values, 'cycle', DEFAULTS.cycle));
  return {
    circuit: builtinCircuit(text(values, 'circuit')),
    cycle,
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
  const circuit = circuitOptions(values);
  const snark = parseSnark(text(values, 'snark', DEFAULTS.snark));
  const implied = snark === 'none' ? DEFAULTS.hint : hintOf(snark);
  const hint = parseHint(text(values, 'hint', implied));
  if (snark !== 'none' && !hasRoom(hint, snark)) {
    throw new NovaError('InvalidArgument', `--hint ${hint} has no room for ${snark}: leave --hint out`);
  }
  if (values.steps === undefined)
    throw new NovaError('InvalidArgument', '--steps is missing: how many steps to prove');
  return {
    ...circuit,
    hint,
    snark,
    steps: parseSteps(text(values, 'steps'), '--steps'),
    ...runOptions(values, circuit),
  };
}

function directProveOptions(values: Values): DirectProveOptions {
  const circuit = circuitOptions(values);
  return {
    ...circuit,
    snark: parseDirectSnark(text(values, 'snark', 'snark')),
    ...runOptions(values, circuit),
  };
}

function runOptions(values: Values, circuit: Omit<ParamsOptions, 'hint'>): Run {
  refuseEmpty(values, 'out', 'insecure-seed');
  return {
    z0: parseZ0(values.z0 === undefined ? undefined : text(values, 'z0'), circuit),
    out: values.out as string | undefined,
    insecureSeed: values['insecure-seed'] as string | undefined,
  };
}

function verifyOptions(values: Values, positionals: readonly string[]): DirectVerifyOptions {
  refuseEmpty(values, 'ptau');
  return {
    folder: folderArgument(positionals),
    ptau: values.ptau as string | undefined,
    vkDigest: values['vk-digest'] === undefined ? undefined : parseDigest(text(values, 'vk-digest')),
    ...equipment(values),
  };
}

/** SHA3-256 in hexadecimal. @throws {@link NovaError} `InvalidArgument` */
function parseDigest(digest: string): string {
  if (!/^[0-9a-fA-F]{64}$/.test(digest)) {
    throw new NovaError('InvalidArgument', `--vk-digest is ${quote(digest)}; it takes 64 hexadecimal digits`);
  }
  return digest.toLowerCase();
}

/** The start values: as many as the circuit's arity, each an element of the field that the circuit runs over. */
function parseZ0(
  list: string | undefined,
  { circuit, cycle }: Pick<ParamsOptions, 'circuit' | 'cycle'>,
): readonly bigint[] {
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

/** @throws {@link NovaError} `InvalidArgument` */
export function parseSnark(name: string): FinalSnark | 'none' {
  if (name !== 'none' && !Object.hasOwn(FINAL_SNARKS, name)) {
    throw new NovaError('InvalidArgument', `no SNARK ${quote(name)}; there are ${snarkNames().join(', ')}`);
  }
  return name as FinalSnark | 'none';
}

/** @throws {@link NovaError} `InvalidArgument` */
export function parseDirectSnark(name: string): DirectSnark {
  if (name !== 'snark' && name !== 'ppsnark') {
    throw new NovaError('InvalidArgument', `no direct SNARK ${quote(name)}; there are snark, ppsnark`);
  }
  return name;
}

/** Names that `--snark` takes. */
export function snarkNames(): readonly string[] {
  return ['none', ...Object.keys(FINAL_SNARKS)];
}

/** Whether a commitment key of that size is long enough for the SNARKs' preprocessing. */
function hasRoom(hint: CkHint, snark: FinalSnark): boolean {
  return FINAL_SNARKS[snark].every((preprocesses, k) => CK_HINTS[hint][k] || !preprocesses);
}

/** What is empty most often comes from an unset variable of a script. */
function refuseEmpty(values: Values, ...options: string[]): void {
  for (const option of options) {
    if (values[option] === '') throw new NovaError('InvalidArgument', `--${option} must not be empty`);
  }
}

function engineOptions(values: Values): EngineOptions {
  refuseEmpty(values, 'adapter');
  return { backend: backendOption(values), threads: threadsOption(values), adapter: adapterOption(values) };
}

function equipment(values: Values): Equipment {
  refuseEmpty(values, 'cache-dir');
  const folder = values['cache-dir'] as string | undefined;
  const none = values['no-cache'] === true;
  if (none && folder !== undefined) {
    throw new NovaError('InvalidArgument', '--no-cache and --cache-dir exclude each other');
  }
  return {
    ...engineOptions(values),
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
    throw new NovaError('InvalidArgument', 'verify takes one folder, that of the proof and meta.json');
  }
  return positionals[0];
}

function text(values: Values, option: string, fallback?: string): string {
  return (values[option] as string | undefined) ?? (fallback as string);
}
