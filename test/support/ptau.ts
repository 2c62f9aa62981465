import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { POINT_BYTES, type AffinePoint } from '../../src/curve/curve.ts';
import { bn256 } from '../../src/curve/curves.ts';
import type { G2Point } from '../../src/curve/g2.ts';
import { defaultCacheDir } from '../../src/node/cache-dir.ts';
import { readBytes, writeFileAtomically } from '../../src/node/files.ts';
import { insecurePtau } from '../../src/pcs/insecure-ptau.ts';
import type { PtauFile, PtauSource } from '../../src/pcs/ptau.ts';

/** The tau of the fixtures' powers: everybody knows it. */
export const INSECURE_TAU = 0x1f3c9b7e5a6d4c2b1a09f8e7d6c5b4a3928170615243342516070f0e0d0c0b0an;

/** From this power on, files are kept: they take seconds to make. */
const KEPT = 10;

const made = new Map<number, Promise<Uint8Array>>();

/** A powers-of-tau file of that tau, made once per process; large ones once per machine, in the tests' cache folder. */
export function testPtau(power: number): Promise<Uint8Array> {
  const bytes = made.get(power) ?? (power < KEPT ? insecurePtau(INSECURE_TAU, power) : keptPtau(power));
  made.set(power, bytes);
  return bytes;
}

/** The folder with the large files of that tau, under the names that are looked for. */
export async function testPtauFolder(...powers: readonly number[]): Promise<string> {
  await Promise.all(powers.map((power) => testPtau(Math.max(KEPT, power))));
  return keptFolder();
}

function keptFolder(): string {
  return join(defaultCacheDir(), 'insecure-powers-of-tau');
}

async function keptPtau(power: number): Promise<Uint8Array> {
  const path = join(keptFolder(), `ppot_pruned_${String(power).padStart(2, '0')}.ptau`);
  if (!existsSync(path)) await writeFileAtomically(path, await insecurePtau(INSECURE_TAU, power));
  return readBytes(path);
}

/** A file in parts, to be put together in ways that no ceremony would. */
export interface Parts {
  readonly magic: string;
  readonly version: number;
  /** What the file says; default: as many as there are. */
  readonly count?: number;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** What the file says; default: the length. */
  readonly size?: bigint;
}

export function takeApart(file: Uint8Array): Parts & { readonly sections: readonly Section[] } {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const sections: Section[] = [];
  for (let at = 12; at < file.length;) {
    const size = Number(view.getBigUint64(at + 4, true));
    sections.push({ id: view.getUint32(at, true), bytes: file.slice(at + 12, at + 12 + size) });
    at += 12 + size;
  }
  return { magic: 'ptau', version: 1, sections };
}

export function putTogether({ magic, version, count, sections }: Parts): Uint8Array {
  const chunks = [new TextEncoder().encode(magic), u32(version), u32(count ?? sections.length)];
  for (const { id, bytes, size = BigInt(bytes.length) } of sections) {
    const head = new Uint8Array(8);
    new DataView(head.buffer).setBigUint64(0, size, true);
    chunks.push(u32(id), head, bytes);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The file with one of its sections replaced. */
export function withSection(
  file: Uint8Array,
  id: number,
  change: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const parts = takeApart(file);
  const sections = parts.sections.map((s) => (s.id === id ? { id, bytes: change(s.bytes) } : s));
  return putTogether({ ...parts, sections });
}

/** The file with another point in G1's section; undefined: the identity. */
export function withG1(file: Uint8Array, i: number, P: Pick<AffinePoint, 'x' | 'y'> | undefined): Uint8Array {
  return withSection(file, 2, (bytes) => {
    bytes.set(P ? raw(P.x, P.y) : new Uint8Array(POINT_BYTES), POINT_BYTES * i);
    return bytes;
  });
}

/** The file with another point in G2's section; undefined: the identity. */
export function withG2(file: Uint8Array, i: number, Q: G2Point | undefined): Uint8Array {
  const bytesOf = ({ x, y }: G2Point) => raw(x.c0, x.c1, y.c0, y.c1);
  return withSection(file, 3, (bytes) => {
    bytes.set(Q ? bytesOf(Q) : new Uint8Array(2 * POINT_BYTES), 2 * POINT_BYTES * i);
    return bytes;
  });
}

/** A source that counts the bytes that are asked of it, and whether it was closed. */
export function watched(bytes: Uint8Array): { source: PtauSource; asked: () => number; open: () => number } {
  let [asked, open] = [0, 0];
  const file: PtauFile = {
    name: 'watched',
    size: bytes.length,
    read: async (offset, length) => {
      asked += length;
      return bytes.slice(offset, offset + length);
    },
    close: async () => void open--,
  };
  const source = async () => {
    open++;
    return file;
  };
  return { source, asked: () => asked, open: () => open };
}

/** Coordinates in Montgomery form. */
function raw(...xs: readonly bigint[]): Uint8Array {
  const out = new Uint8Array(32 * xs.length);
  for (const [i, x] of xs.entries()) out.set(bn256.base.toBytes((x << 256n) % bn256.base.p), 32 * i);
  return out;
}

function u32(n: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, n, true);
  return out;
}
