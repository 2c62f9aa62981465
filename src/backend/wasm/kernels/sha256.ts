/**
 * expand_message_xmd with SHA-256 (RFC 9380, 5.3.1) for four messages of 32 bytes at a time, one in each 32-bit lane, and
 * 96 bytes of output each: what hash-to-curve needs of a generator's seed. Such an output is two integers of 384 bits,
 * most significant byte first; they are written as two halves of 192 bits, in limbs, for a field kernel to reduce.
 *
 * A message takes eight compressions (FIPS 180-4). Four of them have a block that is the same for all messages (the end of
 * the domain and the padding): their message schedule comes from a table, as does the state after the block of zeros.
 */
import { NovaError } from '../../../errors.ts';
import { sha256InitialState, sha256RoundConstants } from '../../../hash/sha256-constants.ts';
import { LIMB_BITS, LIMB_MASK, LIMBS } from '../codegen/field-description.ts';
import {
  i32,
  i32x4,
  load,
  loadLane,
  op,
  shuffle,
  type Expr,
  type Func,
  type Local,
  type WasmModule,
} from '../codegen/assembler.ts';

/** Messages that go through the rounds together. */
export const MESSAGES_AT_A_TIME = 4;
/** Bytes of a message. */
const MESSAGE_BYTES = 32;
/** Bytes of output for a message. */
const OUTPUT_BYTES = 96;
/** Bits of half an integer of the output. */
export const HALF_BITS: number = (8 * OUTPUT_BYTES) / 4;
/** Words of a hash, of a block, and of a message schedule. */
const HASH = 8;
const BLOCK = 16;
const SCHEDULE = 64;
/** Hashes that make up the output. */
const OUTPUTS = OUTPUT_BYTES / 32;

/** Byte offsets in the table of constants, see {@link expandTable}. */
const K = 0;
const IV = K + 4 * SCHEDULE;
/** Round constants plus schedule of the last block, of b_0 and of b_1, b_2, ... */
const LAST_OF_B0 = IV + 4 * HASH;
const LAST_OF_BI = LAST_OF_B0 + 4 * SCHEDULE;
/** What follows the 32 bytes of message or hash in the first block, of b_0, b_1, b_2, ... */
const REST = LAST_OF_BI + 4 * SCHEDULE;
/** Bytes of the table of constants. */
export const EXPAND_TABLE_BYTES: number = REST + 4 * HASH * (1 + OUTPUTS);

/** Byte offsets in the work area: vectors, a word of four messages each. */
const ZEROS = 0; // the state after the block of zeros
const START = ZEROS + 16 * HASH; // the state before any block
const B = START + 16 * HASH; // b_0, b_1, b_2, ...
const WORDS = B + 16 * HASH * (1 + OUTPUTS); // the block
/** Bytes of the work area. */
export const EXPAND_WORK_BYTES: number = WORDS + 16 * BLOCK;

/** The kernel that {@link expandKernels} adds. */
export interface ExpandExports {
  /**
   * Expands 4 x `groups` messages of 32 bytes. `table` holds {@link expandTable}, `work` {@link EXPAND_WORK_BYTES} bytes
   * aligned to 16. Of message i's two integers, the high and the low 192 bits go to element i of the pair layouts at
   * `high` and `low`; those of the second integer to element i of the layouts `second` bytes further on. Limbs above the
   * seventh are set to zero.
   */
  expandMessages(
    messages: number,
    groups: number,
    table: number,
    work: number,
    high: number,
    low: number,
    second: number,
  ): void;
}

/** Adds `expandMessages`, see {@link ExpandExports}. */
export function expandKernels(m: WasmModule): void {
  const compress = m.func(undefined, ['i32', 'i32', 'i32', 'i32'], [], (f, from, to, words, table) => {
    const state = loadState(f, from);
    const word = (t: number) => load('v128.load', words, 16 * (t % BLOCK));
    for (let t = 0; t < BLOCK; t++) {
      round(f, state, t, op('i32x4.add', word(t), load('v128.load32_splat', table, K + 4 * t)));
    }
    const k = f.let(table);
    const end = f.let(op('i32.add', table, i32(4 * (SCHEDULE - BLOCK))));
    f.loop(() => {
      f.set(k, op('i32.add', k, i32(4 * BLOCK)));
      for (let t = 0; t < BLOCK; t++) {
        const w = f.let(
          sum(word(t), sigma(word(t + 1), 7, 18, 3), word(t + 9), sigma(word(t + 14), 17, 19, 10)),
        );
        f.store('v128.store', words, w, 16 * t);
        round(f, state, t, op('i32x4.add', w, load('v128.load32_splat', k, K + 4 * t)));
      }
      return op('i32.ne', k, end);
    });
    addState(f, from, to, state);
  });

  // the same for a block whose schedule, round constants added, lies in a table
  const compressConstant = m.func(undefined, ['i32', 'i32', 'i32'], [], (f, from, to, table) => {
    const state = loadState(f, from);
    const at = f.let(table);
    const end = f.let(op('i32.add', table, i32(4 * SCHEDULE)));
    f.loop(() => {
      for (let t = 0; t < BLOCK; t++) round(f, state, t, load('v128.load32_splat', at, 4 * t));
      f.set(at, op('i32.add', at, i32(4 * BLOCK)));
      return op('i32.ne', at, end);
    });
    addState(f, from, to, state);
  });

  m.func(
    'expandMessages',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    [],
    (f, messages, groups, table, work, high, low, second) => {
      const at = (offset: number) => op('i32.add', work, i32(offset));
      const b = (i: number) => B + 16 * HASH * i;
      const splat = (offset: number, to: number) => {
        for (let i = 0; i < HASH; i++) {
          f.store('v128.store', work, load('v128.load32_splat', table, offset + 4 * i), to + 16 * i);
        }
      };
      splat(IV, START);
      f.do(compressConstant, at(START), at(ZEROS), table); // the schedule of zeros is zero

      f.loop(() => {
        for (let i = 0; i < HASH; i++) {
          let word = load('v128.load32_zero', messages, 4 * i);
          for (let j = 1; j < MESSAGES_AT_A_TIME; j++) {
            word = loadLane('v128.load32_lane', j, messages, word, 4 * i + MESSAGE_BYTES * j);
          }
          f.store('v128.store', work, bigEndian(f, word), WORDS + 16 * i);
        }
        splat(REST, WORDS + 16 * HASH);
        f.do(compress, at(ZEROS), at(b(0)), at(WORDS), table);
        f.do(compressConstant, at(b(0)), at(b(0)), op('i32.add', table, i32(LAST_OF_B0)));

        for (let n = 1; n <= OUTPUTS; n++) {
          for (let i = 0; i < HASH; i++) {
            const b0 = load('v128.load', work, b(0) + 16 * i);
            const word = n === 1 ? b0 : op('v128.xor', b0, load('v128.load', work, b(n - 1) + 16 * i));
            f.store('v128.store', work, word, WORDS + 16 * i);
          }
          splat(REST + 4 * HASH * n, WORDS + 16 * HASH);
          f.do(compress, at(START), at(b(n)), at(WORDS), table);
          f.do(compressConstant, at(b(n)), at(b(n)), op('i32.add', table, i32(LAST_OF_BI)));
        }

        const output = Array.from({ length: HASH * OUTPUTS }, (_, i) =>
          load('v128.load', work, b(1) + 16 * i),
        );
        const quarter = output.length / 4;
        [high, low, op('i32.add', high, second), op('i32.add', low, second)].forEach((to, i) => {
          const words = output.slice(i * quarter, (i + 1) * quarter).reverse(); // least significant first
          writeLimbs(f, words, f.let(to));
        });

        const step = MESSAGES_AT_A_TIME * 4 * LIMBS;
        f.set(high, op('i32.add', high, i32(step)));
        f.set(low, op('i32.add', low, i32(step)));
        f.set(messages, op('i32.add', messages, i32(MESSAGES_AT_A_TIME * MESSAGE_BYTES)));
        f.set(groups, op('i32.sub', groups, i32(1)));
        return groups;
      });
    },
  );
}

function loadState(f: Func, from: Expr): Local[] {
  return Array.from({ length: HASH }, (_, i) => f.let(load('v128.load', from, 16 * i)));
}

function addState(f: Func, from: Expr, to: Expr, state: readonly Local[]): void {
  state.forEach((s, i) => {
    f.store('v128.store', to, op('i32x4.add', s, load('v128.load', from, 16 * i)), 16 * i);
  });
}

/** Round t of FIPS 180-4, 6.2.2; instead of moving the eight variables, their names move. `kw` is K_t + W_t. */
function round(f: Func, state: readonly Local[], t: number, kw: Expr): void {
  const [a, b, c, d, e, g, h, i] = state.map((_, j) => state[(j + HASH * SCHEDULE - t) % HASH]);
  // their names there: a b c d e f g h
  const choice = op('v128.bitselect', g, h, e);
  const majority = op('v128.bitselect', c, a, op('v128.xor', a, b)); // c where a and b differ
  const t1 = f.let(sum(i, kw, rotations(e, 6, 11, 25), choice));
  f.set(d, op('i32x4.add', d, t1));
  f.set(i, sum(t1, rotations(a, 2, 13, 22), majority));
}

const sum = (...terms: Expr[]): Expr => terms.reduce((a, b) => op('i32x4.add', a, b));
const xor = (...terms: Expr[]): Expr => terms.reduce((a, b) => op('v128.xor', a, b));
const right = (x: Expr, n: number): Expr => op('i32x4.shr_u', x, i32(n));
const rotate = (x: Expr, n: number): Expr => op('v128.or', right(x, n), op('i32x4.shl', x, i32(32 - n)));
/** The functions that FIPS 180-4 writes with a capital sigma. */
const rotations = (x: Expr, ...n: number[]): Expr => xor(...n.map((k) => rotate(x, k)));
/** Those with a small one: the last rotation is a shift. */
const sigma = (x: Expr, n1: number, n2: number, n3: number): Expr =>
  xor(rotate(x, n1), rotate(x, n2), right(x, n3));

/** The four words with their bytes reversed. */
function bigEndian(f: Func, x: Expr): Expr {
  const word = f.let(x);
  return shuffle(word, word, [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12]);
}

/** Four integers, given by vectors of 32-bit words, least significant first, to two pairs of the pair layout. */
function writeLimbs(f: Func, words: readonly Expr[], to: Expr): void {
  for (let l = 0; l < LIMBS; l++) {
    const [i, shift] = [Math.floor((LIMB_BITS * l) / 32), (LIMB_BITS * l) % 32];
    let limb: Expr = i32x4(0);
    if (i < words.length) {
      limb = shift === 0 ? words[i] : right(words[i], shift);
      if (shift > 32 - LIMB_BITS && i + 1 < words.length) {
        limb = op('v128.or', limb, op('i32x4.shl', words[i + 1], i32(32 - shift)));
      }
      limb = op('v128.and', limb, i32x4(Number(LIMB_MASK)));
    }
    const both = f.let(limb);
    f.storeLane('v128.store64_lane', 0, to, both, 8 * l);
    f.storeLane('v128.store64_lane', 1, to, both, 8 * (LIMBS + l));
  }
}

/**
 * The constants that `expandMessages` reads, for a domain separation tag.
 *
 * @throws {@link NovaError} `InvalidArgument` unless the tag takes 22 to 83 bytes: then every hash ends in its second block.
 */
export function expandTable(domain: Uint8Array): Uint32Array {
  if (domain.length < 22 || domain.length > 83) {
    throw new NovaError('InvalidArgument', 'expandMessages takes tags of 22 to 83 bytes');
  }
  const k = sha256RoundConstants();
  // after the message or hash: l_i_b_str and a zero byte for b_0, the index for the others; then DST_prime
  const starts = [[OUTPUT_BYTES >> 8, OUTPUT_BYTES & 0xff, 0]];
  for (let i = 1; i <= OUTPUTS; i++) starts.push([i]);
  const blocks = starts.map((start, i) => {
    const bytes = new Uint8Array(8 * BLOCK);
    bytes.set([...start, ...domain, domain.length, 0x80], MESSAGE_BYTES);
    const view = new DataView(bytes.buffer);
    const zeros = i === 0 ? 4 * BLOCK : 0; // Z_pad
    view.setUint32(bytes.length - 4, 8 * (zeros + MESSAGE_BYTES + start.length + domain.length + 1));
    return Array.from({ length: 2 * BLOCK }, (_, j) => view.getUint32(4 * j));
  });
  const last = (i: number) => schedule(blocks[i].slice(BLOCK)).map((w, t) => (w + k[t]) >>> 0);
  return Uint32Array.from([
    ...k,
    ...sha256InitialState(),
    ...last(0),
    ...last(1),
    ...blocks.flatMap((words) => words.slice(HASH, BLOCK)),
  ]);
}

/** The message schedule of a block. */
function schedule(block: readonly number[]): number[] {
  const w = [...block];
  const turn = (x: number, n: number) => (x >>> n) | (x << (32 - n));
  for (let t = BLOCK; t < SCHEDULE; t++) {
    const [x, y] = [w[t - 15], w[t - 2]];
    const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
    const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
    w.push((w[t - 16] + s0 + w[t - 7] + s1) >>> 0);
  }
  return w;
}
