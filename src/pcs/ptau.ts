/**
 * Powers-of-tau files over BN254, as the ceremonies of snarkjs write them and nova-snark reads them (`src/provider/ptau.rs`).
 * All numbers are little-endian; coordinates are Montgomery forms, x R mod q for R = 2^256.
 *
 *    4  magic "ptau"
 *    4  version 1
 *    4  number of sections: 11, or 3 in a pruned file
 *    .  sections, each preceded by its id (4 bytes) and its size (8 bytes)
 *
 *   id 1, header: bytes of a coordinate (4), the modulus q (32), the power p (4), in full files the ceremony's power (4)
 *   id 2: tau^i G for i = 0 .. at most 2^(p+1) - 2, 64 bytes each: x, y
 *   id 3: tau^i H for i = 0 .. at most 2^p - 1, 128 bytes each: x.c0, x.c1, y.c0, y.c1
 *
 * Whoever knows tau can open commitments to any value. No file shows that nobody does: that is the trust in its ceremony.
 * What can be checked is checked here, but for one thing: that the points are successive powers (kzg-key.ts).
 */
import { throwIfAborted, NovaError } from '../errors.ts';
import { POINT_BYTES } from '../curve/curve.ts';
import { bn256 } from '../curve/curves.ts';
import { equalG2, G2_GENERATOR, type G2Point } from '../curve/g2.ts';
import { FIELD_BYTES, readInt, viewOf, writeInt } from '../field/field.ts';
import { Pace, type Control } from '../pace.ts';

/** A file that is read in parts, wherever it lies. */
export interface PtauFile {
  /** For messages. */
  readonly name: string;
  /** Bytes of the whole file. */
  readonly size: number;
  /** `length` bytes from `offset` on, both inside the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens the file to take `points` powers of tau from; the caller closes it. */
export type PtauSource = (points: number) => Promise<PtauFile>;

/** Where the points of a file lie, after its structure was checked. */
export interface PtauLayout {
  readonly G1: PointSection;
  readonly G2: PointSection;
}

/** A section of points. */
interface PointSection {
  readonly offset: number;
  readonly points: number;
}

export const PTAU_MAGIC = 'ptau';
export const PTAU_VERSION = 1;
/** Sections of a file that a ceremony leaves, and of one that has only what is needed here. */
const SECTION_COUNTS: readonly number[] = [11, 3];
const PRELUDE_BYTES = PTAU_MAGIC.length + 4 + 4;
const SECTION_HEAD_BYTES = 4 + 8;
const HEADER = 1;
const TAU_G1 = 2;
const TAU_G2 = 3;
/** The largest power of a ceremony that is known. */
export const MAX_POWER = 28;
const HEADER_BYTES = 4 + FIELD_BYTES + 4;
const G2_POINT_BYTES = 2 * POINT_BYTES;
/** Points read and checked at a time. */
const BATCH = 4096;

/**
 * Powers of tau that are in memory, or in a `Blob` or `File` of a browser, which is read in parts. They are checked where they are
 * used: `PublicParams.setup` and `DirectSNARK.setup` throw `PtauFileError`.
 *
 * @example
 * const pp = await PublicParams.setup(circuit, { cycle: 'bn-kzg', ptau: ptauFrom(file), backend });
 */
export function ptauFrom(data: Uint8Array | Blob): PtauSource {
  const file: PtauFile =
    data instanceof Uint8Array
      ? { size: data.length, read: async (at, n) => data.subarray(at, at + n), ...UNNAMED }
      : {
          size: data.size,
          read: async (at, n) => new Uint8Array(await data.slice(at, at + n).arrayBuffer()),
          ...UNNAMED,
        };
  return async () => file;
}

const UNNAMED = { name: 'the powers of tau', close: async (): Promise<void> => {} };

/**
 * Checks the structure of a file: every size against what is there, before anything is read or allocated by it.
 *
 * @throws {@link NovaError} `PtauFileError`
 */
export async function readPtauLayout(file: PtauFile): Promise<PtauLayout> {
  const refuse = (why: string) => ptauError(file, why);
  const sections = await readSections(file);
  const section = (id: number, what: string) => {
    const found = sections.get(id);
    if (found === undefined) throw refuse(`it lacks the section ${id}, ${what}`);
    return found;
  };

  const header = section(HEADER, 'the header');
  if (header.size !== HEADER_BYTES && header.size !== HEADER_BYTES + 4) {
    throw refuse(`its header has ${header.size} bytes`);
  }
  const bytes = viewOf(await readExactly(file, header.offset, HEADER_BYTES));
  const width = bytes.getUint32(0, true);
  if (width !== FIELD_BYTES) throw refuse(`its coordinates have ${width} bytes: it is of another curve`);
  if (readInt(bytes, 4, FIELD_BYTES) !== bn256.base.p) throw refuse('its modulus is that of another curve');
  const power = bytes.getUint32(4 + FIELD_BYTES, true);
  if (power > MAX_POWER) throw refuse(`its power is ${power}, and ${MAX_POWER} is the largest there is`);

  const points = (id: number, what: string, pointBytes: number, most: number): PointSection => {
    const { offset, size } = section(id, what);
    const count = size / pointBytes;
    if (!Number.isInteger(count) || count > most) {
      throw refuse(
        `its section ${id}, ${what}, has ${size} bytes: no number of points that fits its power ${power}`,
      );
    }
    return { offset, points: count };
  };
  return {
    G1: points(TAU_G1, 'powers in G1', POINT_BYTES, 2 ** (power + 1) - 1),
    G2: points(TAU_G2, 'powers in G2', G2_POINT_BYTES, 2 ** power),
  };
}

/**
 * tau H, after checking that the file begins with H and that both are points of G2.
 *
 * @throws {@link NovaError} `PtauFileError`, `PointNotOnCurve`, `PointNotInSubgroup`
 */
export async function readTauH(file: PtauFile, { G2 }: PtauLayout): Promise<G2Point> {
  if (G2.points < 2) throw ptauError(file, `it has ${G2.points} points of G2, and 2 are needed`);
  const { checkG2 } = await import('../curve/pairing.ts');
  const view = viewOf(await readExactly(file, G2.offset, 2 * G2_POINT_BYTES));
  const point = (i: number, what: string): G2Point => {
    const [x0, x1, y0, y1] = [0, 1, 2, 3].map((k) =>
      coordinate(file, view, G2_POINT_BYTES * i + FIELD_BYTES * k, what),
    );
    if (x0 === 0n && x1 === 0n && y0 === 0n && y1 === 0n) throw ptauError(file, `${what} is the identity`);
    return checkG2({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } }, `${file.name}: ${what}`);
  };
  const [H, tauH] = [point(0, 'point 0 of G2'), point(1, 'point 1 of G2')];
  if (!equalG2(H, G2_GENERATOR)) throw ptauError(file, 'its first point of G2 is not the generator');
  return tauH;
}

/**
 * The first n powers in G1, 64 bytes each, canonical: the first is the generator, each is a point of the curve, none the
 * identity.
 *
 * @throws {@link NovaError} `PtauFileError`, `PointNotOnCurve`, `Aborted`
 */
export async function readTauG1(
  file: PtauFile,
  { G1 }: PtauLayout,
  n: number,
  { signal, onProgress }: Control = {},
): Promise<Uint8Array> {
  if (n > G1.points) {
    throw ptauError(
      file,
      `it has ${G1.points} points of G1, and ${n} are needed: take a file of a larger power`,
    );
  }
  const pace = new Pace(() => throwIfAborted(signal));
  const out = new Uint8Array(POINT_BYTES * n);
  const to = viewOf(out);
  for (let first = 0; first < n; first += BATCH) {
    const count = Math.min(BATCH, n - first);
    const from = viewOf(await readExactly(file, G1.offset + POINT_BYTES * first, POINT_BYTES * count));
    for (let i = 0; i < count; i++) {
      const what = `point ${first + i} of G1`;
      const x = coordinate(file, from, POINT_BYTES * i, what);
      const y = coordinate(file, from, POINT_BYTES * i + FIELD_BYTES, what);
      if (x === 0n && y === 0n) throw ptauError(file, `${what} is the identity`);
      bn256.check({ x, y, infinity: false }, `${file.name}: ${what}`);
      writeInt(to, POINT_BYTES * (first + i), FIELD_BYTES, x);
      writeInt(to, POINT_BYTES * (first + i) + FIELD_BYTES, FIELD_BYTES, y);
    }
    onProgress?.((first + count) / n);
    await pace.pause();
  }
  checkFirstPower(out, (why) => ptauError(file, why));
  return out;
}

/** Refuses powers in G1 that do not begin with tau^0 G = G. @throws what `refuse` makes */
export function checkFirstPower(powers: Uint8Array, refuse: (why: string) => NovaError): void {
  const G = bn256.toXY(bn256.generator);
  if (powers.length < POINT_BYTES || G.some((byte, i) => byte !== powers[i])) {
    throw refuse('its first point of G1 is not the generator');
  }
}

/** Why a file is refused. */
export function ptauError({ name }: Pick<PtauFile, 'name'>, why: string): NovaError {
  return new NovaError('PtauFileError', `${name}: ${why}`);
}

/** R^-1: takes a Montgomery form to its element. */
const R_INVERSE: bigint = /* @__PURE__ */ bn256.base.inv(bn256.base.reduce(1n << 256n));

/** The coordinate whose Montgomery form is at `offset`. */
function coordinate(file: PtauFile, view: DataView, offset: number, what: string): bigint {
  const form = readInt(view, offset, FIELD_BYTES);
  if (!bn256.base.isCanonical(form))
    throw ptauError(file, `${what} has a coordinate that is not below the modulus`);
  return bn256.base.mul(form, R_INVERSE);
}

/** Where every section lies, by its id. */
async function readSections(file: PtauFile): Promise<Map<number, { offset: number; size: number }>> {
  const refuse = (why: string) => ptauError(file, why);
  if (!Number.isSafeInteger(file.size) || file.size < PRELUDE_BYTES) throw refuse('it is too short');
  const prelude = await readExactly(file, 0, PRELUDE_BYTES);
  if (new TextDecoder('latin1').decode(prelude.subarray(0, PTAU_MAGIC.length)) !== PTAU_MAGIC) {
    throw refuse('it does not begin with "ptau"');
  }
  const version = viewOf(prelude).getUint32(PTAU_MAGIC.length, true);
  if (version !== PTAU_VERSION) throw refuse(`its version is ${version}, not ${PTAU_VERSION}`);
  const count = viewOf(prelude).getUint32(PTAU_MAGIC.length + 4, true);
  if (!SECTION_COUNTS.includes(count)) {
    throw refuse(`it has ${count} sections, not ${SECTION_COUNTS.join(' or ')}`);
  }

  const sections = new Map<number, { offset: number; size: number }>();
  let offset = PRELUDE_BYTES;
  for (let k = 0; k < count; k++) {
    if (file.size - offset < SECTION_HEAD_BYTES)
      throw refuse(`it ends where its section number ${k + 1} should begin`);
    const head = viewOf(await readExactly(file, offset, SECTION_HEAD_BYTES));
    offset += SECTION_HEAD_BYTES;
    const id = head.getUint32(0, true);
    const size = head.getBigUint64(4, true);
    if (size > BigInt(file.size - offset)) {
      throw refuse(`its section ${id} has ${size} bytes, but ${file.size - offset} are left`);
    }
    if (sections.has(id)) throw refuse(`it has the section ${id} twice`);
    sections.set(id, { offset, size: Number(size) });
    offset += Number(size);
  }
  if (offset !== file.size) throw refuse(`${file.size - offset} bytes follow its last section`);
  return sections;
}

/** Bytes of a file; what a source returns is not relied upon. */
async function readExactly(file: PtauFile, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await file.read(offset, length);
  if (bytes.length !== length) throw ptauError(file, `${length} bytes at ${offset} could not be read`);
  return bytes;
}
