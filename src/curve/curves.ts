import {
  bn256Base,
  grumpkinBase,
  pallasBase,
  secp256k1Base,
  secq256k1Base,
  vestaBase,
} from '../field/fields.ts';
import { NovaError } from '../errors.ts';
import { Curve } from './curve.ts';

/*
 * The six curves, each y^2 = x^3 + b, with the generators and encodings of halo2curves 0.9.0. On every curve the sign of
 * a point is the parity of y, and the cofactor is 1. The generators matter little to Nova: commitments use points from
 * hash-to-curve.
 */

/** Pallas, of the Pasta cycle (https://github.com/zcash/pasta). 32 bytes: y's parity in the top bit; identity all zeros. */
export const pallas: Curve = /* @__PURE__ */ new Curve({
  name: 'pallas',
  base: pallasBase,
  scalar: vestaBase,
  b: 5n,
  generator: [pallasBase.p - 1n, 2n],
  flags: 'OneSpare',
});

/** Vesta, Pallas' partner, with the same equation and conventions. */
export const vesta: Curve = /* @__PURE__ */ new Curve({
  name: 'vesta',
  base: vestaBase,
  scalar: pallasBase,
  b: 5n,
  generator: [vestaBase.p - 1n, 2n],
  flags: 'OneSpare',
});

/** The group G1 of BN254 (EIP-196). 32 bytes: y's parity in the top bit, the identity in the one below. */
export const bn256: Curve = /* @__PURE__ */ new Curve({
  name: 'bn256',
  base: bn256Base,
  scalar: grumpkinBase,
  b: 3n,
  generator: [1n, 2n],
  flags: 'TwoSpare',
});

/** Grumpkin (https://hackmd.io/@aztec-network/ByzgNxBfd), BN254's partner; b = -17, generator (1, sqrt(-16)). */
export const grumpkin: Curve = /* @__PURE__ */ new Curve({
  name: 'grumpkin',
  base: grumpkinBase,
  scalar: bn256Base,
  b: grumpkinBase.p - 17n,
  generator: [1n, 0x2cf135e7506a45d632d270d45f1181294833fc48d823f272cn],
  flags: 'TwoSpare',
});

/** secp256k1 (SEC 2). 33 bytes: a byte of flags (0x80 y is odd, 0x40 identity), then x, little-endian: not SEC 1. */
export const secp256k1: Curve = /* @__PURE__ */ new Curve({
  name: 'secp256k1',
  base: secp256k1Base,
  scalar: secq256k1Base,
  b: 7n,
  generator: [
    0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
    0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
  ],
  flags: 'ExtraByte',
});

/** secq256k1, secp256k1's partner: the same equation over the field of secp256k1's order, the same encoding. */
export const secq256k1: Curve = /* @__PURE__ */ new Curve({
  name: 'secq256k1',
  base: secq256k1Base,
  scalar: secp256k1Base,
  b: 7n,
  generator: [
    0x76c39f5585cb160eb6b06c87a2ce32e23134e45a097781a6a24288e37702eda6n,
    0x3ffc646c7b2918b5dc2d265a8e82a7f7d18983d26e8dc055a4120ddad952677fn,
  ],
  flags: 'ExtraByte',
});

/** All six, for tests and tables. */
export const CURVES: readonly Curve[] = /* @__PURE__ */ [
  pallas,
  vesta,
  bn256,
  grumpkin,
  secp256k1,
  secq256k1,
];

/** The curve of that name. @throws {@link NovaError} `InvalidArgument`; the message lists the names. */
export function curveByName(name: string): Curve {
  const curve = CURVES.find((c) => c.name === name);
  if (curve === undefined) {
    throw new NovaError(
      'InvalidArgument',
      `no curve "${name}"; there are ${CURVES.map((c) => c.name).join(', ')}`,
    );
  }
  return curve;
}
