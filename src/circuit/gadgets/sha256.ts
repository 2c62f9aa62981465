/** SHA-256 (FIPS 180-4) in the circuit. Follows nova-snark's `frontend/gadgets/sha256.rs`. */
import { NovaError } from '../../errors.ts';
import { sha256InitialState, sha256RoundConstants } from '../../hash/sha256-constants.ts';
import type { ConstraintSystem } from '../constraint-system.ts';
import { choose, majority, xor, type Truth } from './boolean.ts';
import { PackedEqualities } from './packed-equalities.ts';
import { addWords, bitwise, constantWord, rotateRight, shiftRight, type UInt32 } from './uint32.ts';

/** Bits of a block and of the length at the end of the last one. */
const BLOCK_BITS = 512;
const LENGTH_BITS = 64;
const WORD_BITS = 32;

/** Words that are added up where their sum is needed: one that is needed only within another sum takes no bits. */
type Sum = readonly UInt32[];

/**
 * The hash of a message: 256 truth values, most significant first, as are the message's.
 *
 * @throws {@link NovaError} `SynthesisError` unless the message has whole bytes
 */
export function sha256(cs: ConstraintSystem, message: readonly Truth[]): Truth[] {
  if (message.length % 8 !== 0)
    throw new NovaError('SynthesisError', 'sha256 takes a message of whole bytes');
  const zeros = -(message.length + 1 + LENGTH_BITS) & (BLOCK_BITS - 1);
  const padded: Truth[] = [...message, true, ...Array.from({ length: zeros }, () => false)];
  for (let i = LENGTH_BITS; i-- > 0;) padded.push(((BigInt(message.length) >> BigInt(i)) & 1n) === 1n);
  let state: readonly UInt32[] = sha256InitialState().map(constantWord);
  for (let i = 0; i * BLOCK_BITS < padded.length; i++) {
    const block = padded.slice(i * BLOCK_BITS, (i + 1) * BLOCK_BITS);
    state = sha256Compression(cs.ns(`block ${i}`), block, state);
  }
  return state.flatMap((word) => word.toReversed());
}

/** The state after a block of 512 truth values, most significant of each word first. */
export function sha256Compression(
  cs: ConstraintSystem,
  block: readonly Truth[],
  state: readonly UInt32[],
): UInt32[] {
  const equalities = new PackedEqualities(cs);
  const w = messageSchedule(cs, equalities, block);

  let [a, b, c, d, e, f, g, h]: readonly Sum[] = state.map((word) => [word]);
  const take = (name: string, sum: Sum): UInt32 =>
    sum.length === 1 ? sum[0] : addWords(cs.ns(name), equalities, sum);
  sha256RoundConstants().forEach((k, i) => {
    const round = (name: string) => `round ${i}, ${name}`;
    const eWord = take(round('e'), e);
    const s1 = xorOfThree(
      cs.ns(round('S1')),
      [6, 11, 25].map((n) => rotateRight(eWord, n)),
    );
    const ch = bitwise(cs.ns(round('ch')), choose, eWord, f[0], g[0]);
    const temp1 = [h[0], s1, ch, constantWord(k), w[i]];
    const aWord = take(round('a'), a);
    const s0 = xorOfThree(
      cs.ns(round('S0')),
      [2, 13, 22].map((n) => rotateRight(aWord, n)),
    );
    const maj = bitwise(cs.ns(round('maj')), majority, aWord, b[0], c[0]);
    [a, b, c, d, e, f, g, h] = [[...temp1, s0, maj], [aWord], b, c, [...temp1, ...d], [eWord], f, g];
  });

  const next = [a, b, c, d, e, f, g, h].map((sum, i) => take(`h${i}`, [...sum, state[i]]));
  equalities.finish();
  return next;
}

/** The 64 words that a block is expanded to. */
function messageSchedule(
  cs: ConstraintSystem,
  equalities: PackedEqualities,
  block: readonly Truth[],
): UInt32[] {
  const w: UInt32[] = [];
  for (let i = 0; i < BLOCK_BITS; i += WORD_BITS) w.push(block.slice(i, i + WORD_BITS).toReversed());
  for (let i = w.length; i < 64; i++) {
    const [x, y] = [w[i - 15], w[i - 2]];
    const s0 = xorOfThree(cs.ns(`w ${i}, s0`), [rotateRight(x, 7), rotateRight(x, 18), shiftRight(x, 3)]);
    const s1 = xorOfThree(cs.ns(`w ${i}, s1`), [rotateRight(y, 17), rotateRight(y, 19), shiftRight(y, 10)]);
    w.push(addWords(cs.ns(`w ${i}`), equalities, [w[i - 16], s0, w[i - 7], s1]));
  }
  return w;
}

function xorOfThree(cs: ConstraintSystem, [a, b, c]: readonly UInt32[]): UInt32 {
  return bitwise(cs.ns('second'), xor, bitwise(cs.ns('first'), xor, a, b), c);
}
