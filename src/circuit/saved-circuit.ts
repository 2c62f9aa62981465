/**
 * A compiled circuit as bytes, for caches: reading one takes milliseconds, synthesis a few hundred. Integers of 32 bits lie
 * in the byte order of the machine, so the bytes are no format to exchange.
 */
import { NovaError } from '../errors.ts';
import { elementsFromBytes, elementsToBytes } from '../field/bytes.ts';
import type { PrimeField } from '../field/field.ts';
import type { ProgramHead } from '../field/program.ts';
import type { SparseMatrix } from '../field/sparse.ts';
import { ByteReader } from '../wire/reader.ts';
import { ByteWriter } from '../wire/writer.ts';
import { constraintPath, type ConstraintNames } from './constraint-names.ts';
import type { CompiledCircuit } from './constraint-system.ts';

/** What is neither an array of integers nor one of field elements, as JSON. */
interface Counts {
  readonly constraints: number;
  readonly variables: number;
  readonly io: number;
  readonly inputs: number;
  readonly slots: number;
  readonly outputs: readonly number[];
  /** In hexadecimal: JSON has no BigInts. */
  readonly exponents: readonly string[];
  readonly head: ProgramHead;
}

/** Whether a circuit can be written: user code (hints) cannot. */
export function isSavable({ program }: CompiledCircuit): boolean {
  return program.hints.length === 0;
}

/** @throws {@link NovaError} `InvalidArgument` if the circuit has hints */
export function encodeCircuit(circuit: CompiledCircuit): Uint8Array {
  const { matrices: m, program: p } = circuit;
  if (!isSavable(circuit)) {
    throw new NovaError('InvalidArgument', 'a circuit with hints cannot be saved: they are functions');
  }
  const { constraints, variables, io } = m;
  const { inputs, slots, outputs, head } = p;
  const exponents = p.exponents.map((e) => e.toString(16));
  const counts: Counts = { constraints, variables, io, inputs, slots, outputs, exponents, head };
  const w = new ByteWriter();
  const section = (bytes: Uint8Array) => w.u64(bytes.length).bytes(bytes);
  const words = (xs: Uint32Array) => section(new Uint8Array(xs.buffer, xs.byteOffset, xs.byteLength));
  section(jsonBytes(counts));
  for (const { rowPtr, columns, coefficients } of [m.A, m.B, m.C]) {
    [rowPtr, columns, coefficients].forEach(words);
  }
  words(p.code);
  section(elementsToBytes(m.field, m.dictionary));
  section(elementsToBytes(m.field, p.constants));
  section(jsonBytes(circuit.names()));
  return w.finish();
}

/**
 * The circuit that {@link encodeCircuit} wrote. The bytes must come from a place that is trusted: what they mean is not
 * checked.
 *
 * @throws {@link NovaError} `InvalidEncoding` if their structure is wrong
 */
export function decodeCircuit(field: PrimeField, bytes: Uint8Array): CompiledCircuit {
  const r = new ByteReader(bytes);
  const section = (what: string) => r.bytes(r.length(1, what), what);
  const words = (what: string): Uint32Array => {
    const part = section(what); // a copy, so its memory is aligned
    if (part.length % 4 !== 0) throw new NovaError('InvalidEncoding', `${what}: no whole number of words`);
    return new Uint32Array(part.buffer, part.byteOffset, part.length / 4);
  };
  const matrix = (what: string): SparseMatrix => ({
    rowPtr: words(what),
    columns: words(what),
    coefficients: words(what),
  });
  const counts = parseJson<Counts>(section('the counts'));
  const [A, B, C] = ['A', 'B', 'C'].map(matrix);
  const code = words('the program');
  const dictionary = elementsFromBytes(field, section('the coefficients'));
  const constants = elementsFromBytes(field, section('the constants'));
  const text = section('the names');
  r.end('a saved circuit');

  const { constraints, variables, io, inputs, slots, outputs, head } = counts;
  const exponents = counts.exponents.map((e) => BigInt(`0x${e}`));
  let parsed: ConstraintNames | undefined;
  const names = () => (parsed ??= parseJson<ConstraintNames>(text)); // needed for error messages only
  return {
    matrices: { field, constraints, variables, io, A, B, C, dictionary },
    program: { field, variables, inputs, constants, slots, code, exponents, hints: [], outputs, head },
    path: (i) => constraintPath(names(), i),
    names,
  };
}

function jsonBytes(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function parseJson<T>(bytes: Uint8Array): T {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  } catch (cause) {
    throw new NovaError('InvalidEncoding', 'a saved circuit: its text is no JSON', { cause });
  }
}
