import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { decodeCircuit, encodeCircuit } from '../circuit/saved-circuit.ts';
import type { CompiledCircuit } from '../circuit/constraint-system.ts';
import type { Cycle } from '../curve/cycles.ts';
import { NovaError } from '../errors.ts';
import type { CkHint } from '../nova/params.ts';
import { ByteReader } from '../wire/reader.ts';
import { ByteWriter } from '../wire/writer.ts';

/*
 * A file of public parameters. Integers are little-endian, sections are preceded by their length (8 bytes).
 *
 *   8  magic "NOVAPARM"
 *   4  version of this format
 *  32  SHA-256 of all that follows
 *   .  section: what the parameters belong to, as text (`ParamsKey`)
 *   .  section: the parameters, as `PublicParams.save` writes them
 *   .  sections, for a built-in circuit: the primary circuit and the secondary one, compiled (src/circuit/saved-circuit.ts)
 *
 * The hash finds damage, not malice: whoever can write to the cache can write a fitting hash, and could as well replace the
 * library. What it covers is therefore used as it is: neither points nor digest are computed anew.
 */
const MAGIC = 'NOVAPARM';
const VERSION = 1;
const HASH_BYTES = 32;
const HASHED_FROM = MAGIC.length + 4 + HASH_BYTES;

/** What decides the parameters. Two files of one key are interchangeable. */
export interface ParamsKey {
  readonly cycle: Cycle;
  readonly hint: CkHint;
  /** Names the file: a built-in circuit's name, the caller's own name, or a hash. */
  readonly circuit: string;
  /** What the circuits compile to: the build of the library, for its own circuits, or the hash of the matrices. */
  readonly content: string;
}

/** What a file holds. */
export interface ParamsFile {
  readonly params: Uint8Array;
  /** The compiled circuits; missing for a user's circuit, which may contain user code. */
  readonly circuits?: { readonly primary: CompiledCircuit; readonly secondary: CompiledCircuit } | undefined;
}

/** The file of a key in the cache folder. */
export function paramsPath(folder: string, { cycle, hint, circuit }: ParamsKey): string {
  // two names must not share a file on a file system that takes A for a
  const plain = /^[a-z0-9_-]{1,64}$/.test(circuit) ? circuit : undefined;
  const builtin = /^[a-z]+:[0-9]+$/.test(circuit) ? circuit.replace(':', '.') : undefined;
  const name = plain ?? builtin ?? sha256(new TextEncoder().encode(circuit)).toString('hex');
  return join(folder, `params-${cycle.name}-${hint}-${name}.bin`);
}

export function encodeParamsFile(key: ParamsKey, { params, circuits }: ParamsFile): Uint8Array {
  const w = new ByteWriter(params.length);
  w.bytes(new TextEncoder().encode(MAGIC)).u32(VERSION).bytes(new Uint8Array(HASH_BYTES));
  const section = (bytes: Uint8Array) => w.u64(bytes.length).bytes(bytes);
  section(keyText(key));
  section(params);
  if (circuits !== undefined) {
    section(encodeCircuit(circuits.primary));
    section(encodeCircuit(circuits.secondary));
  }
  const file = w.finish();
  file.set(sha256(file.subarray(HASHED_FROM)), HASHED_FROM - HASH_BYTES);
  return file;
}

/**
 * The contents of a file.
 *
 * @throws {@link NovaError} `InvalidEncoding` if it is damaged, of another version, or belongs to something else
 */
export function decodeParamsFile(key: ParamsKey, file: Uint8Array): ParamsFile {
  const refuse = (why: string): never => {
    throw new NovaError('InvalidEncoding', why);
  };
  const r = new ByteReader(file);
  if (file.length < HASHED_FROM || new TextDecoder('latin1').decode(r.bytes(MAGIC.length)) !== MAGIC) {
    refuse('it is no file of parameters');
  }
  const version = r.u32();
  if (version !== VERSION) refuse(`its format has version ${version}, this library writes ${VERSION}`);
  if (!sha256(file.subarray(HASHED_FROM)).equals(r.bytes(HASH_BYTES))) refuse('it is damaged');
  const section = (what: string) => r.bytes(r.length(1, what), what);
  if (!Buffer.from(section('the key')).equals(keyText(key))) {
    refuse('it belongs to another circuit or was written by another build of the library');
  }
  const params = section('the parameters');
  if (r.remaining === 0) return { params };
  // each circuit is over the base field of the other curve
  const primary = decodeCircuit(key.cycle.secondary.base, section('the primary circuit'));
  const secondary = decodeCircuit(key.cycle.primary.base, section('the secondary circuit'));
  r.end('a file of parameters');
  return { params, circuits: { primary, secondary } };
}

function keyText({ cycle, hint, circuit, content }: ParamsKey): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([cycle.name, hint, circuit, content]));
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
