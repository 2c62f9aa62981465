/**
 * Where each of the 25 values of an encoded RecursiveSNARK, and of the 28 around the SNARKs of a CompressedSNARK, lies
 * (nova-snark's serde order), and edits of them. Written from
 * the reference's description, not with the library's reader: it is what the reader is tested with.
 */
import type { Curve, Cycle, PrimeField } from '../../src/index.ts';
import { intToBytes } from '../../src/field/field.ts';

/** A value in an encoding, from `start` to `end`. */
export interface Leaf {
  readonly path: string;
  readonly kind: 'element' | 'elements' | 'point' | 'u64';
  readonly start: number;
  readonly end: number;
  /** Of the elements. */
  readonly field?: PrimeField;
  /** Of the point. */
  readonly curve?: Curve;
}

/** Bytes of a length and of an element. */
export const LENGTH = 8;
export const ELEMENT = 32;

export const int = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((acc, byte) => (acc << 8n) | BigInt(byte), 0n);

/** Walks through an encoding and notes where its values lie. */
class Walk {
  readonly leaves: Leaf[] = [];
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  leaf(path: string, kind: Leaf['kind'], size: number, more: Pick<Leaf, 'field' | 'curve'> = {}): void {
    this.leaves.push({ path, kind, start: this.at, end: this.at + size, ...more });
    this.at += size;
  }

  element(path: string, field: PrimeField): void {
    this.leaf(path, 'element', ELEMENT, { field });
  }

  elements(path: string, field: PrimeField): void {
    const n = Number(int(this.#bytes.subarray(this.at, this.at + LENGTH)));
    this.leaf(path, 'elements', LENGTH + n * ELEMENT, { field });
  }

  point(path: string, curve: Curve): void {
    this.leaf(path, 'point', curve.encodedBytes, { curve });
  }

  relaxed(path: string, curve: Curve): void {
    this.point(`${path}.comm_W`, curve);
    this.point(`${path}.comm_E`, curve);
    this.elements(`${path}.X`, curve.scalar);
    this.element(`${path}.u`, curve.scalar);
  }

  end(): Leaf[] {
    const { length } = this.#bytes;
    if (this.at !== length) throw new Error(`the encoding has ${length} bytes, its layout ${this.at}`);
    return this.leaves;
  }
}

/** All leaves of a RecursiveSNARK, in order. */
export function leavesOf(cycle: Cycle, bytes: Uint8Array): Leaf[] {
  const walk = new Walk(bytes);
  const strand = (side: 'primary' | 'secondary') => {
    const curve = cycle[side];
    for (const [vector, blind] of [
      ['W', 'r_W'],
      ['E', 'r_E'],
    ]) {
      walk.elements(`r_W_${side}.${vector}`, curve.scalar);
      walk.element(`r_W_${side}.${blind}`, curve.scalar);
    }
    walk.relaxed(`r_U_${side}`, curve);
    walk.element(`ri_${side}`, curve.scalar);
  };

  const [E1, E2] = [cycle.primary, cycle.secondary];
  walk.elements('z0', E1.scalar);
  strand('primary');
  strand('secondary');
  walk.elements('l_w_secondary.W', E2.scalar);
  walk.element('l_w_secondary.r_W', E2.scalar);
  walk.point('l_u_secondary.comm_W', E2);
  walk.elements('l_u_secondary.X', E2.scalar);
  walk.leaf('i', 'u64', LENGTH);
  walk.elements('zi', E1.scalar);
  return walk.end();
}

/** The 28 leaves of a CompressedSNARK that are not its two SNARKs', in order. */
export function compressedLeavesOf(cycle: Cycle, bytes: Uint8Array, arity: number): Leaf[] {
  const walk = new Walk(bytes);
  const [E1, E2] = [cycle.primary, cycle.secondary];
  walk.relaxed('r_U_secondary', E2);
  walk.element('ri_secondary', E2.scalar);
  walk.point('l_u_secondary.comm_W', E2);
  walk.elements('l_u_secondary.X', E2.scalar);
  walk.point('nifs_Uf_secondary.comm_T', E2);
  walk.relaxed('l_ur_secondary', E2);
  walk.point('nifs_Un_secondary.comm_T', E2);
  walk.relaxed('r_U_primary', E1);
  walk.element('ri_primary', E1.scalar);
  walk.relaxed('l_ur_primary', E1);
  walk.point('nifs_Un_primary.comm_T', E1);
  walk.element('wit_blind_r_Wn_primary', E1.scalar);
  walk.element('err_blind_r_Wn_primary', E1.scalar);
  walk.element('wit_blind_r_Wn_secondary', E2.scalar);
  walk.element('err_blind_r_Wn_secondary', E2.scalar);
  walk.at = bytes.length - LENGTH - arity * ELEMENT; // behind the SNARKs
  walk.elements('zn', E1.scalar);
  return walk.end();
}

/** The bytes of a leaf. */
export function valueOf(bytes: Uint8Array, { start, end }: Leaf): Uint8Array {
  return bytes.slice(start, end);
}

/** The encoding with other bytes from `start` to `end`. */
export function replace(
  bytes: Uint8Array,
  { start, end }: Pick<Leaf, 'start' | 'end'>,
  by: Uint8Array,
): Uint8Array {
  return Uint8Array.from(Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(end)]));
}

/** Where item k of a vector lies; negative k count from the end. */
export function itemOf({ start, end }: Leaf, k: number): { start: number; end: number } {
  const at = k < 0 ? end + k * ELEMENT : start + LENGTH + k * ELEMENT;
  return { start: at, end: at + ELEMENT };
}

/** The encoding with the leaf's value (of a vector: item k) one higher, of a point: with the generator added. */
export function plusOne(bytes: Uint8Array, leaf: Leaf, k = 0): Uint8Array {
  const { kind, field, curve } = leaf;
  if (kind === 'u64') return replace(bytes, leaf, intToBytes(int(valueOf(bytes, leaf)) + 1n, LENGTH));
  if (curve) {
    const P = curve.decode(valueOf(bytes, leaf));
    return replace(bytes, leaf, curve.encode(curve.add(P, curve.generator)));
  }
  if (!field) throw new Error('a leaf has a field or a curve');
  const place = kind === 'elements' ? itemOf(leaf, k) : leaf;
  const x = int(bytes.subarray(place.start, place.end));
  return replace(bytes, place, field.toBytes(field.add(x, 1n)));
}

/** The encoding with a vector that lost its last item or got a zero more; its length says so. */
export function resized(bytes: Uint8Array, leaf: Leaf, by: 1 | -1): Uint8Array {
  const n = int(bytes.subarray(leaf.start, leaf.start + LENGTH));
  const items = bytes.subarray(leaf.start + LENGTH, by === 1 ? leaf.end : leaf.end - ELEMENT);
  const padding = new Uint8Array(by === 1 ? ELEMENT : 0);
  return replace(bytes, leaf, Buffer.concat([intToBytes(n + BigInt(by), LENGTH), items, padding]));
}

/** The encoding with another length claimed for a vector. */
export function claiming(bytes: Uint8Array, leaf: Leaf, n: bigint): Uint8Array {
  return replace(bytes, { start: leaf.start, end: leaf.start + LENGTH }, intToBytes(n, LENGTH));
}
