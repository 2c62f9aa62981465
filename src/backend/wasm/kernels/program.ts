/**
 * The machine of witness programs (src/field/program.ts). `witness.ts` lays a program out in memory; its slots are unpacked
 * elements (`kernels/scalar.ts`): Montgomery form, below 2p, limbs normalised. Code is a list of u32, an opcode and its
 * operands, as in the program, but slots stand there as addresses; other operands are marked:
 *
 * | op      | operands              | effect                                                        |
 * |---------|-----------------------|---------------------------------------------------------------|
 * | Copy    | d a                   | d = a                                                         |
 * | Add     | d a b                 | d = a + b                                                     |
 * | Sub     | d a b                 | d = a - b                                                     |
 * | Mul     | d a b                 | d = a b                                                       |
 * | MulAdd  | d a b c               | d = a b + c                                                   |
 * | Dot     | d #n a1 b1 ... an bn  | d = sum of ai bi, n >= 1                                      |
 * | Div     | d a b e               | d = b = 0 ? e : a / b                                         |
 * | Pow     | d a chain             | d = a^e; the address of the chain of e (`kernels/power.ts`)   |
 * | Equal   | d a b                 | d = a = b ? 1 : 0                                             |
 * | Select  | d c a b               | d = c = 1 ? a : b                                             |
 * | Bits    | d a #shift #width     | d = (a >> shift) mod 2^width; shift < 256, 1 <= width <= 256  |
 * | HOST    | ...                   | stops: the host does it                                       |
 *
 * `runProgram(pc, end, budget, scratch) -> pc` runs until `end`, until an instruction of the host, or until about
 * `budget` multiplications are done, and returns where it stopped. The scratch memory has `BITS_SCRATCH` bytes, then the
 * table that the longest chain needs.
 *
 * `toWordsMany(w, a, n)` converts n consecutive elements (`ELEMENT_STRIDE` apart) into words.
 */
import {
  i32,
  i64,
  load,
  op,
  type Expr,
  type Func,
  type Local,
  type WasmModule,
} from '../codegen/assembler.ts';
import { ELEMENT_STRIDE, LIMB_BITS, LIMBS } from '../codegen/field-description.ts';
import { addProducts } from '../codegen/lazy-sum.ts';
import type { ScalarField } from '../codegen/scalar-field.ts';
import { FIELD_BYTES } from '../../../field/field.ts';
import { Op } from '../../../field/program.ts';
import type { ScalarKernels } from './scalar.ts';

/** The opcode that stops the machine, the first that it does not know; the others are those of the program. */
export const HOST: number = Op.DivMod;

/** Costs in multiplications, for the budget. */
const DIV_COST = 40;
const POW_COST = 300;

/** Bytes of the number whose bits are read, followed by enough zeros for reads beyond its end. */
const NUMBER_BYTES = 80;
/** Bytes of scratch memory before the table: the number, then room for the limbs cut out of it. */
export const BITS_SCRATCH: number = NUMBER_BYTES + ELEMENT_STRIDE;

/** Adds the kernels above to a module. */
export function programKernels(m: WasmModule, K: ScalarKernels): void {
  const { S } = K;
  const mulAdd = m.func(undefined, ['i32', 'i32', 'i32', 'i32'], [], (f, d, a, b, c) =>
    S.store(f, d, S.add(f, S.mul(f, S.load(f, a), S.load(f, b)), S.load(f, c))),
  );
  const dot = dotKernel(m, S);
  const div = divKernel(m, K);
  const equal = m.func(undefined, ['i32', 'i32', 'i32'], [], (f, d, a, b) =>
    storeBool(f, S, d, f.call(K.equal, a, b)),
  );
  const select = m.func(undefined, ['i32', 'i32', 'i32', 'i32'], [], (f, d, c, a, b) => {
    f.if(op('i32.eqz', S.equalsConstant(f, S.load(f, c), S.field.one)), () => f.set(a, b));
    copyElement(f, d, a);
  });
  const bits = bitsKernel(m, S);

  m.func('toWordsMany', ['i32', 'i32', 'i32'], [], (f, w, a, n) =>
    f.if(n, () =>
      f.loop(() => {
        f.do(K.toWords, w, a);
        f.set(w, op('i32.add', w, i32(FIELD_BYTES)));
        f.set(a, op('i32.add', a, i32(ELEMENT_STRIDE)));
        f.set(n, op('i32.sub', n, i32(1)));
        return n;
      }),
    ),
  );

  m.func('runProgram', ['i32', 'i32', 'i32', 'i32'], ['i32'], (f, pc, end, budget, scratch) => {
    const cached = f.local('i32'); // the slot whose integer the scratch memory has; 0 for none
    const op1 = f.local('i32');
    const operand = (i: number): Expr => load('i32.load', pc, 4 * i);
    const advance = (words: number): void => f.set(pc, op('i32.add', pc, i32(4 * words)));
    const spend = (cost: Expr): void => f.set(budget, op('i32.sub', budget, cost));
    const simple = (callee: Func, operands: number) => () => {
      f.do(callee, ...Array.from({ length: operands }, (_, i) => operand(i + 1)));
      advance(operands + 1);
    };
    f.if(op('i32.lt_u', pc, end), () =>
      f.loop(() => {
        f.set(op1, operand(0));
        spend(i32(1));
        // any other instruction may write the slot, and bits of one number stand together
        f.if(op('i32.ne', op1, i32(Op.Bits)), () => f.set(cached, i32(0)));
        f.switch(op1, [
          // in the order of Op
          () => {
            copyElement(f, f.let(operand(1)), f.let(operand(2)));
            advance(3);
          },
          simple(K.add, 3),
          simple(K.sub, 3),
          simple(K.mul, 3),
          simple(mulAdd, 4),
          () => {
            const n = f.let(operand(2));
            f.do(dot, operand(1), op('i32.add', pc, i32(12)), n);
            spend(n);
            f.set(pc, op('i32.add', pc, op('i32.add', i32(12), op('i32.shl', n, i32(3)))));
          },
          () => {
            simple(div, 4)();
            spend(i32(DIV_COST));
          },
          () => {
            const table = op('i32.add', scratch, i32(BITS_SCRATCH));
            f.do(K.pow, operand(1), operand(2), operand(3), table);
            spend(i32(POW_COST));
            advance(4);
          },
          simple(equal, 3),
          simple(select, 4),
          () => {
            const a = f.let(operand(2));
            f.if(op('i32.ne', a, cached), () => f.do(K.toWords, scratch, a));
            f.do(bits, operand(1), operand(3), operand(4), scratch);
            const overwritten = op('i32.eq', operand(1), a);
            f.set(cached, a);
            f.if(overwritten, () => f.set(cached, i32(0)));
            advance(5);
          },
          () => f.return(pc),
        ]);
        return op('i32.and', op('i32.lt_u', pc, end), op('i32.gt_s', budget, i32(0)));
      }),
    );
    f.return(pc);
  });
}

/** dot(d, list, n): `list` has n pairs of addresses. */
function dotKernel(m: WasmModule, S: ScalarField): Func {
  return m.func(undefined, ['i32', 'i32', 'i32'], [], (f, d, list, n) => {
    const total = Array.from({ length: LIMBS }, () => f.local('i64'));
    addProducts(f, S, total, n, () => {
      const a = S.load(f, f.let(load('i32.load', list)));
      const b = S.load(f, f.let(load('i32.load', list, 4)));
      f.set(list, op('i32.add', list, i32(8)));
      return [a, b];
    });
    S.store(f, d, S.shrink(f, total));
  });
}

/** div(d, a, b, e): the inverse goes through d, so d must be none of the others, or a = d is read first. */
function divKernel(m: WasmModule, K: ScalarKernels): Func {
  const { S } = K;
  return m.func(undefined, ['i32', 'i32', 'i32', 'i32'], [], (f, d, a, b, e) => {
    f.if(
      f.call(K.isZero, b),
      () => copyElement(f, d, e),
      () => {
        const numerator = S.load(f, a);
        f.do(K.inv, d, b);
        S.store(f, d, S.mul(f, numerator, S.load(f, d)));
      },
    );
  });
}

/** bits(d, shift, width, scratch): d = those bits of the number in the scratch memory. */
function bitsKernel(m: WasmModule, S: ScalarField): Func {
  return m.func(undefined, ['i32', 'i32', 'i32', 'i32'], [], (f, d, shift, width, scratch) => {
    /** 29 bits from a bit's place on: 64 bits from the byte that it is in have 57 of them. */
    const from = (place: Local): Expr =>
      op(
        'i64.shr_u',
        load('i64.load', op('i32.add', scratch, op('i32.shr_u', place, i32(3)))),
        op('i64.extend_i32_u', op('i32.and', place, i32(7))),
      );
    f.if(
      op('i32.eq', width, i32(1)),
      () => storeBool(f, S, d, op('i32.and', op('i32.wrap_i64', from(shift)), i32(1))),
      () => {
        const limbs = f.let(op('i32.add', scratch, i32(NUMBER_BYTES)));
        const taken = f.local('i32');
        for (let i = 0; i < LIMBS; i++) {
          // bits of this limb: those of the width that are left, at most 29
          f.set(taken, op('i32.sub', width, i32(LIMB_BITS * i)));
          f.if(op('i32.lt_s', taken, i32(0)), () => f.set(taken, i32(0)));
          f.if(op('i32.gt_s', taken, i32(LIMB_BITS)), () => f.set(taken, i32(LIMB_BITS)));
          const mask = op('i64.sub', op('i64.shl', i64(1n), op('i64.extend_i32_u', taken)), i64(1n));
          const place = f.let(op('i32.add', shift, i32(LIMB_BITS * i)));
          f.if(
            taken,
            () => f.store('i64.store32', limbs, op('i64.and', from(place), mask), 4 * i),
            () => f.store('i64.store32', limbs, i64(0n), 4 * i),
          );
        }
        S.store(f, d, S.mul(f, S.load(f, limbs), S.constant(S.field.R2)));
      },
    );
  });
}

/** d = bit ? 1 : 0, for an i32 bit. */
function storeBool(f: Func, S: ScalarField, d: Expr, bit: Expr): void {
  const mask = f.let(op('i64.sub', i64(0n), op('i64.extend_i32_u', bit)));
  S.store(
    f,
    d,
    S.constant(S.field.one).map((limb) => op('i64.and', mask, limb)),
  );
}

/** Copies an element with its padding. */
function copyElement(f: Func, d: Expr, a: Expr): void {
  for (let offset = 0; offset < ELEMENT_STRIDE; offset += 8)
    f.store('i64.store', d, load('i64.load', a, offset), offset);
}
