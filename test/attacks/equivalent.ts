/**
 * Checks whose absence no attempt can show, with the reason: what they refuse is refused again, with the same code, or does not
 * exist. They are kept because they refuse sooner, or say better what is wrong.
 */
export const EQUIVALENT: Readonly<Record<string, string>> = {
  'src/nova/recursive-state.ts decodeState: checkLength(W, S.variables, `the ${side} W`)':
    'the engine uploads no bytes of another length than the vector has',
  'src/nova/recursive-state.ts decodeState: checkLength(E, S.constraints, `the ${side} E`)':
    'the engine uploads no bytes of another length than the vector has',
  'src/nova/recursive-state.ts checkLength: length !== n':
    'the engine uploads no bytes of another length than the vector has',
  'src/nova/compressed-verifier.ts verifyCompressed: E1.scalar.check(z, `z0[${k}]`)':
    'the random oracle absorbs elements of its field alone',
  'src/pcs/ipa.ts verify: checkKeyLength(bases, n)':
    'the engine commits to no vector that is longer than the key',
  'src/pcs/ipa.ts readVerifierKey: ckS.length !== 2 * curve.encodedBytes':
    'the generator is made from what lies behind the first point: other lengths are no point',
  'src/pcs/opening-keys.ts pointOfG2: !(cause instanceof NovaError)': 'decodeG2 throws nothing else',
  'src/pcs/pedersen.ts checkKeyLength: n > bases.length':
    'the engine commits to no vector that is longer than the key',
  'src/pcs/ptau.ts readTauH: G2.points < 2': 'bytes behind the end of the file cannot be read',
  'src/pcs/ptau.ts readTauG1: n > G1.points': 'what lies behind the section is no power',
  'src/pcs/ptau.ts readTauG1: checkFirstPower(out, (why) => ptauError(file, why))':
    'the test of all powers begins with the same check',
  'src/pcs/ptau.ts checkFirstPower: powers.length < POINT_BYTES':
    'bytes that there are not are not those of the generator',
  'src/r1cs/shape.ts readShape: checkMatrices(S)': 'the engine checks the matrices that it is given, too',
  'src/wire/reader.ts elementBytes: bad !== -1':
    'the bytes are checked again when they become numbers, or go to an engine',
  'src/curve/curve.ts fromXY: bytes.length !== POINT_BYTES': 'a half of other bytes is no element',
  'src/curve/pairing.ts decodeG2: ((y.c0 & 1n) === 1n) !== odd':
    'no point of G2 is known whose y has the first coordinate zero, the only ones that have one sign',
};
