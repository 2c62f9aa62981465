import { PrimeField } from './field.ts';

/*
 * The six prime fields of the three cycles. Each modulus is the base field of one curve and the scalar field of
 * its partner. Sources: the Pasta curves (https://github.com/zcash/pasta), BN254 (EIP-196), secp256k1 (SEC 2).
 */

/** Pallas' base field, Vesta's scalar field; 2^254 + t, p = 1 mod 2^32. */
export const pallasBase: PrimeField = /* @__PURE__ */ new PrimeField(
  'pallas.base',
  0x40000000000000000000000000000000224698fc094cf91b992d30ed00000001n,
);

/** Vesta's base field, Pallas' scalar field; 2^254 + t, p = 1 mod 2^32. */
export const vestaBase: PrimeField = /* @__PURE__ */ new PrimeField(
  'vesta.base',
  0x40000000000000000000000000000000224698fc0994a8dd8c46eb2100000001n,
);

/** BN254's base field Fq, Grumpkin's scalar field. */
export const bn256Base: PrimeField = /* @__PURE__ */ new PrimeField(
  'bn256.base',
  0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n,
);

/** BN254's scalar field Fr, Grumpkin's base field. */
export const grumpkinBase: PrimeField = /* @__PURE__ */ new PrimeField(
  'grumpkin.base',
  0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n,
);

/** secp256k1's base field, secq256k1's scalar field. */
export const secp256k1Base: PrimeField = /* @__PURE__ */ new PrimeField(
  'secp256k1.base',
  0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn,
);

/** secp256k1's scalar field (the group's order), secq256k1's base field. */
export const secq256k1Base: PrimeField = /* @__PURE__ */ new PrimeField(
  'secq256k1.base',
  0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
);

/** All six, for tests and tables. */
export const FIELDS: readonly PrimeField[] = /* @__PURE__ */ [
  pallasBase,
  vestaBase,
  bn256Base,
  grumpkinBase,
  secp256k1Base,
  secq256k1Base,
];
