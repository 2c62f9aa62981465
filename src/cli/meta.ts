import { join } from 'node:path';
import {
  builtinCircuit,
  cycleByName,
  NovaError,
  type BuiltinCircuit,
  type CkHint,
  type Cycle,
  type DirectSnark,
  type FinalSnark,
} from '../node/index.ts';
import { readBytes } from '../node/files.ts';
import { checkSteps, parseFieldElement, parseNatural, quote } from './number.ts';
import { parseDirectSnark, parseHint, parseSnark } from './options.ts';

/** Names of the files of a proof. */
export const META_FILE = 'meta.json';
/** The state: it contains the witness. */
export const STATE_FILE = 'recursive.bin';
export const COMPRESSED_FILE = 'compressed.bin';
export const VERIFIER_KEY_FILE = 'vk.bin';
export const DIRECT_FILE = 'direct.bin';

/** What is known of a recursive SNARK, with the names of the JSON fields; `prove` prints them too. */
export interface Facts {
  readonly circuit: string;
  readonly cycle: string;
  readonly hint: string;
  readonly digest: string;
  readonly constraints: readonly [number, number];
  readonly variables: readonly [number, number];
  readonly steps: number;
  readonly z0: readonly string[];
  readonly zn: readonly string[];
  readonly recursive_bytes: number;
  readonly recursive_sha3: string;
  readonly state_sha3: readonly string[];
}

/** What is known of a compressed proof and its verifier key, with the names of the JSON fields. */
export interface CompressedFacts {
  readonly snark: FinalSnark;
  readonly compressed_bytes: number;
  readonly compressed_sha3: string;
  readonly vk_bytes: number;
  readonly vk_sha3: string;
}

/** What a `meta.json` claims. The first five are enough to verify; the others are compared if they are there. */
export interface Claim {
  readonly circuit: BuiltinCircuit;
  readonly cycle: Cycle;
  readonly hint: CkHint;
  readonly steps: number;
  readonly z0: readonly bigint[];
  readonly digest?: bigint;
  readonly zn?: readonly bigint[];
  readonly recursiveBytes?: number;
  readonly recursiveSha3?: string;
  /** The SNARKs of the compressed proof, where there is one. */
  readonly snark?: FinalSnark;
  readonly compressedBytes?: number;
  readonly compressedSha3?: string;
  readonly vkBytes?: number;
  readonly vkSha3?: string;
}

/** What the `meta.json` of a direct proof claims. The first four are enough to verify. */
export interface DirectClaim {
  readonly circuit: BuiltinCircuit;
  readonly cycle: Cycle;
  readonly snark: DirectSnark;
  /** z, then the state after the step. */
  readonly io: readonly bigint[];
  readonly directBytes?: number;
  readonly directSha3?: string;
  readonly vkBytes?: number;
  readonly vkSha3?: string;
}

/** A thousand values and hashes are about 140 kB; more is no file of this program. */
const MAX_META_BYTES = 16 * 2 ** 20;

/** Reads the claim in a folder's `meta.json`. @throws `FileError` and what {@link parseMeta} throws */
export async function readMeta(folder: string): Promise<Claim> {
  return parseMeta(await readText(folder));
}

/** Reads the claim about a direct proof. @throws `FileError` and what {@link parseDirectMeta} throws */
export async function readDirectMeta(folder: string): Promise<DirectClaim> {
  return parseDirectMeta(await readText(folder));
}

async function readText(folder: string): Promise<string> {
  const bytes = await readBytes(join(folder, META_FILE), MAX_META_BYTES);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new NovaError('InvalidEncoding', `${META_FILE} is not UTF-8 text`, { cause });
  }
}

/**
 * Checks the text of a `meta.json`. Fields with names not listed in {@link Facts} are ignored.
 *
 * @throws {@link NovaError} `InvalidEncoding` (no JSON object, a field missing or of the wrong type), `UnknownCircuit`,
 * `UnknownCycle`, `InvalidArgument` (the hint), `InvalidNumSteps`, `InvalidInitialInputLength`, `InvalidFieldElement`
 */
export function parseMeta(json: string): Claim {
  const fields = parseObject(json);
  const circuit = builtinCircuit(fields.text('circuit'));
  const cycle = cycleByName(fields.text('cycle'));
  const values = (name: string) => stateField(fields, cycle, circuit, name, circuit.arity);
  const steps = fields.number('steps');
  const snark = fields.has('snark') ? parseSnark(fields.text('snark')) : 'none';
  return {
    circuit,
    cycle,
    hint: parseHint(fields.text('hint')),
    steps: checkSteps(steps, `${META_FILE}: steps is ${steps}`),
    z0: values('z0'),
    ...(fields.has('digest') && { digest: digestField(fields.text('digest')) }),
    ...(fields.has('zn') && { zn: values('zn') }),
    ...(fields.has('recursive_bytes') && { recursiveBytes: fields.number('recursive_bytes') }),
    ...(fields.has('recursive_sha3') && { recursiveSha3: fields.text('recursive_sha3') }),
    ...(snark !== 'none' && { snark }),
    ...(fields.has('compressed_bytes') && { compressedBytes: fields.number('compressed_bytes') }),
    ...(fields.has('compressed_sha3') && { compressedSha3: fields.text('compressed_sha3') }),
    ...keyFields(fields),
  };
}

/**
 * Checks the text of a direct proof's `meta.json`.
 *
 * @throws {@link NovaError} as {@link parseMeta}
 */
export function parseDirectMeta(json: string): DirectClaim {
  const fields = parseObject(json);
  const circuit = builtinCircuit(fields.text('circuit'));
  const cycle = cycleByName(fields.text('cycle'));
  return {
    circuit,
    cycle,
    snark: parseDirectSnark(fields.text('snark')),
    io: stateField(fields, cycle, circuit, 'io', 2 * circuit.arity),
    ...(fields.has('direct_bytes') && { directBytes: fields.number('direct_bytes') }),
    ...(fields.has('direct_sha3') && { directSha3: fields.text('direct_sha3') }),
    ...keyFields(fields),
  };
}

function keyFields(fields: Fields): Pick<Claim, 'vkBytes' | 'vkSha3'> {
  return {
    ...(fields.has('vk_bytes') && { vkBytes: fields.number('vk_bytes') }),
    ...(fields.has('vk_sha3') && { vkSha3: fields.text('vk_sha3') }),
  };
}

function stateField(
  fields: Fields,
  cycle: Cycle,
  circuit: BuiltinCircuit,
  name: string,
  length: number,
): bigint[] {
  const list = fields.texts(name);
  if (list.length !== length) {
    throw new NovaError(
      'InvalidInitialInputLength',
      `${META_FILE}: ${name} has ${list.length} values, but ${circuit.name} takes ${length}`,
    );
  }
  const F = cycle.primary.scalar;
  return list.map((item, i) => parseFieldElement(F, item, `${META_FILE}: value ${i + 1} of ${name}`));
}

function digestField(text: string): bigint {
  const digest = parseNatural(text);
  if (digest === undefined) throw malformed(`digest is ${quote(text)}, not a number`);
  return digest;
}

/** Typed access to the fields that the text itself has: none that an object inherits. */
interface Fields {
  has(name: string): boolean;
  text(name: string): string;
  texts(name: string): string[];
  number(name: string): number;
}

function parseObject(json: string): Fields {
  let object: unknown;
  try {
    object = JSON.parse(json);
  } catch {
    // V8's message repeats the text; leave it out
    throw malformed('it is not JSON');
  }
  if (typeof object !== 'object' || object === null || Array.isArray(object))
    throw malformed('it is not a JSON object');
  const record = object as Record<string, unknown>;
  const has = (name: string): boolean => Object.hasOwn(record, name);
  const get = <T>(name: string, kind: string, is: (value: unknown) => value is T): T => {
    const value = has(name) ? record[name] : undefined;
    if (value === undefined) throw malformed(`it lacks the field ${name}`);
    if (!is(value)) throw malformed(`${name} must be ${kind}`);
    return value;
  };
  return {
    has,
    text: (name) => get(name, 'a string', isString),
    texts: (name) => get(name, 'a list of strings', isStringList),
    number: (name) => get(name, 'a whole number', isWholeNumber),
  };
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isString);
}

function isWholeNumber(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function malformed(why: string): NovaError {
  return new NovaError(
    'InvalidEncoding',
    `${META_FILE}: ${why}; take the file that "nova-webgpu prove" wrote`,
  );
}
