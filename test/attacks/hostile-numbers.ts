/** Bytes that are no points and no elements, and coordinates that are on no curve. */
import { IDENTITY } from '../../src/curve/curve.ts';
import { bn256, pallas, secp256k1 } from '../../src/curve/curves.ts';
import { encodeG2, G2_GENERATOR } from '../../src/curve/g2.ts';
import { checkG2, decodeG2 } from '../../src/curve/pairing.ts';
import { outsideG2 } from '../support/g2.ts';
import type { Attempt } from './hostile.ts';

export function numbers(): Attempt[] {
  const F = pallas.scalar;
  const { x, y } = G2_GENERATOR;
  const attempt = (name: string, code: string, run: () => unknown): Attempt => ({
    name,
    code,
    run: async () => run(),
  });
  const edited = (bytes: Uint8Array, edit: (copy: Uint8Array) => void) => {
    const copy = bytes.slice();
    edit(copy);
    return copy;
  };
  const encoded = encodeG2(G2_GENERATOR);
  let c = 1;
  const noPoint = () => encoded.slice().fill(0).with(0, c);
  while (isG2(noPoint())) c++;
  let noX = 1n;
  while (pallas.base.isSquare(pallas.ySquared(noX))) noX++;
  const p = bn256.base.toBytes(bn256.base.p);
  return [
    attempt('an element that is the modulus', 'InvalidFieldElement', () => F.check(F.p)),
    attempt('an element that is negative', 'InvalidFieldElement', () => F.check(-1n)),
    attempt('an element that is a number', 'InvalidFieldElement', () => F.check(5 as never)),
    attempt('an element of 31 bytes', 'InvalidEncoding', () => F.fromBytes(new Uint8Array(31))),
    attempt('an element with the bytes of the modulus', 'InvalidEncoding', () => F.fromBytes(F.toBytes(F.p))),
    attempt('a point of 31 bytes', 'InvalidEncoding', () => pallas.decode(new Uint8Array(31))),
    attempt('an x of no point', 'InvalidEncoding', () => pallas.decode(pallas.base.toBytes(noX))),
    attempt('a point of 63 bytes', 'InvalidEncoding', () => pallas.fromXY(new Uint8Array(63))),
    attempt('coordinates that are on no curve', 'PointNotOnCurve', () =>
      pallas.check({ ...pallas.generator, x: 1n }),
    ),
    attempt('an identity with coordinates', 'PointNotOnCurve', () => pallas.check({ ...IDENTITY, x: 1n })),
    attempt('a signed identity of bn256', 'InvalidEncoding', () =>
      bn256.decode(edited(bn256.encode(IDENTITY), (copy) => (copy[31] |= 0x80))),
    ),
    attempt('an identity of bn256 with a coordinate', 'InvalidEncoding', () =>
      bn256.decode(edited(bn256.encode(IDENTITY), (copy) => (copy[0] = 1))),
    ),
    attempt('a point of secp256k1 with a flag that does not exist', 'InvalidEncoding', () =>
      secp256k1.decode(edited(secp256k1.encode(secp256k1.generator), (copy) => (copy[0] |= 1))),
    ),
    attempt('a point of G2 of 65 bytes', 'InvalidEncoding', () =>
      decodeG2(Uint8Array.from([...encoded, 0]), 'it'),
    ),
    attempt('the identity of G2', 'InvalidEncoding', () => decodeG2(new Uint8Array(64).with(63, 0x40), 'it')),
    attempt("a point of G2 with the identity's flag", 'InvalidEncoding', () =>
      decodeG2(
        edited(encoded, (copy) => (copy[63] |= 0x40)),
        'it',
      ),
    ),
    attempt('an x of G2 that is not below the modulus', 'InvalidEncoding', () =>
      decodeG2(
        edited(encoded, (copy) => copy.set(p)),
        'it',
      ),
    ),
    attempt('an x of no point of G2', 'InvalidEncoding', () => decodeG2(noPoint(), 'it')),
    attempt('a point outside of G2', 'PointNotInSubgroup', () => decodeG2(encodeG2(outsideG2()), 'it')),
    attempt('coordinates of G2 that are not below the modulus', 'PointNotOnCurve', () =>
      checkG2({ x: { c0: x.c0 + bn256.base.p, c1: x.c1 }, y }, 'it'),
    ),
    attempt('coordinates that are not on the curve of G2', 'PointNotOnCurve', () =>
      checkG2({ x: y, y: x }, 'it'),
    ),
  ];
}

function isG2(bytes: Uint8Array): boolean {
  try {
    decodeG2(bytes, 'it');
    return true;
  } catch (error) {
    return !String(error).includes('not on the curve');
  }
}
