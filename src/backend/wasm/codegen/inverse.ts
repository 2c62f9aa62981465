/**
 * Modular inversion by division steps: D. J. Bernstein and B.-Y. Yang, "Fast constant-time gcd computation and modular
 * inversion", https://eprint.iacr.org/2019/266, in the variable-time form of P. Wuille and G. Maxwell for libsecp256k1
 * (doc/safegcd_implementation.md): steps are done 29 at a time on the low words of f and g, as a matrix of small numbers
 * that is then applied to all limbs. About 19 rounds for 256 bits; the time depends on the operand.
 */
import { i32, i64, op, select, type Expr, type Func, type Local } from './assembler.ts';
import { inverseModPowerOfTwo, LIMB_BITS, LIMBS } from './field-description.ts';
import { add, high, low, mul, sub, type Element, type ScalarField } from './scalar-field.ts';

/** Bits of the packed halves of a matrix row, see {@link divisionSteps}. */
const HALF = 32n;

/** 1/a, or 0 for a = 0, in Montgomery form, below 2p, for a < 2p. */
export function inverse(out: Func, S: ScalarField, a: Element): Element {
  const { p, F, R2 } = S.field;
  const pInverse = inverseModPowerOfTwo(F.p, LIMB_BITS);
  // gcd(f, g) = gcd(p, a), d a = f c and e a = g c mod p, where c = R^2 makes d the inverse in Montgomery form
  const f = S.constant(F.p).map((limb) => out.let(limb));
  const g = S.canonical(out, a);
  const d = S.constant(0n).map((limb) => out.let(limb));
  const e = S.constant(R2).map((limb) => out.let(limb));
  const eta = out.let(i32(-1));
  const matrix = { u: out.local('i64'), v: out.local('i64'), q: out.local('i64'), r: out.local('i64') };

  out.if(anyBit(g), () =>
    out.loop(() => {
      divisionSteps(out, eta, f, g, matrix);
      updateModular(out, d, e, matrix, p, pInverse);
      updateNumbers(out, f, g, matrix);
      return anyBit(g);
    }),
  );

  // f = +-1 (or p, if a = 0, and then d = 0); d lies in (-2p, p)
  const d1 = S.lift(out, d, p);
  const sign = out.let(op('i64.shr_s', f[LIMBS - 1], i64(63n)));
  return S.lift(
    out,
    d1.map((limb) => sub(op('i64.xor', limb, sign), sign)),
    p,
  );
}

interface Matrix {
  readonly u: Local;
  readonly v: Local;
  readonly q: Local;
  readonly r: Local;
}

/**
 * 29 division steps on the low words of f and g: afterwards 2^-29 (u f + v g) and 2^-29 (q f + r g) are the new f and g.
 * |u| + |v| and |q| + |r| are at most 2^29. While they grow, a row lives in one word, u + v 2^32, so that one
 * multiplication or shift serves both.
 */
function divisionSteps(out: Func, eta: Local, f: Element, g: Element, { u, v, q, r }: Matrix): void {
  const lowWord = (x: Element): Expr => op('i64.or', x[0], op('i64.shl', x[1], i64(BigInt(LIMB_BITS))));
  const f0 = out.let(lowWord(f));
  const g0 = out.let(lowWord(g));
  const uv = out.let(i64(1n));
  const qr = out.let(i64(1n << HALF));
  const left = out.let(i32(LIMB_BITS));
  const zeros = out.local('i64');
  const t = out.local('i64');

  const takeZeros = (): void => {
    // a bit beyond the steps that are left stops the count
    const stop = op('i64.shl', i64(-1n), op('i64.extend_i32_u', left));
    out.set(zeros, op('i64.ctz', op('i64.or', g0, stop)));
    out.set(g0, op('i64.shr_u', g0, zeros));
    out.set(uv, op('i64.shl', uv, zeros));
    const count = op('i32.wrap_i64', zeros);
    out.set(eta, op('i32.sub', eta, count));
    out.set(left, op('i32.sub', left, count));
  };
  const swap = (x: Local, y: Local): void => {
    out.set(t, x);
    out.set(x, y);
    out.set(y, sub(i64(0n), t));
  };

  takeZeros();
  out.if(left, () =>
    out.loop(() => {
      out.if(op('i32.lt_s', eta, i32(0)), () => {
        out.set(eta, op('i32.sub', i32(0), eta));
        swap(f0, g0);
        swap(uv, qr);
      });
      // g + w f has as many more low zeros as steps can be taken before the next swap, at most 6: w = -g / f, where
      // f (2 - f^2) = 1 / f mod 2^6 for odd f
      const steps = out.let(op('i32.add', eta, i32(1)));
      const limit = op('i64.extend_i32_u', select(op('i32.lt_s', steps, left), steps, left));
      const mask = op('i64.and', sub(op('i64.shl', i64(1n), limit), i64(1n)), i64(63n));
      const w = out.let(op('i64.and', mul(mul(f0, g0), sub(mul(f0, f0), i64(2n))), mask));
      out.set(g0, add(g0, mul(f0, w)));
      out.set(qr, add(qr, mul(uv, w)));
      takeZeros();
      return left;
    }),
  );
  unpack(out, uv, u, v);
  unpack(out, qr, q, r);
}

/** The halves of low + high 2^32, both signed. */
function unpack(out: Func, packed: Expr, lowHalf: Local, highHalf: Local): void {
  out.set(lowHalf, op('i64.extend_i32_s', op('i32.wrap_i64', packed)));
  out.set(highHalf, op('i64.shr_s', sub(packed, lowHalf), i64(HALF)));
}

/** (f, g) = 2^-29 M (f, g); exact. Limbs are normalised but for the last, which has the sign. */
function updateNumbers(out: Func, f: Element, g: Element, { u, v, q, r }: Matrix): void {
  apply(out, f, g, [u, v], [q, r], (_, x) => x);
}

/** (d, e) = 2^-29 M (d, e) mod p: the multiple of p that makes the sums divisible is added. d and e stay in (-2p, p). */
function updateModular(
  out: Func,
  d: Element,
  e: Element,
  { u, v, q, r }: Matrix,
  p: readonly bigint[],
  pInverse: bigint,
): void {
  const signs = [d, e].map((x) => out.let(op('i64.shr_s', x[LIMBS - 1], i64(63n))));
  const multiple = (a: Expr, b: Expr): Local => {
    // as if a negative d or e had p added first
    const m = out.let(add(op('i64.and', a, signs[0]), op('i64.and', b, signs[1])));
    const lowest = add(mul(a, d[0]), mul(b, e[0]));
    return out.let(sub(m, low(add(mul(lowest, i64(pInverse)), m))));
  };
  const md = multiple(u, v);
  const me = multiple(q, r);
  const plus = (m: Local, x: Expr, i: number): Expr => (p[i] === 0n ? x : add(x, mul(m, i64(p[i]))));
  apply(out, d, e, [u, v], [q, r], (first, x, i) => plus(first ? md : me, x, i));
}

/** (x, y) = 2^-29 (M (x, y) + what `adjust` adds to each limb's sum). */
function apply(
  out: Func,
  x: Element,
  y: Element,
  [u, v]: readonly [Expr, Expr],
  [q, r]: readonly [Expr, Expr],
  adjust: (first: boolean, sum: Expr, i: number) => Expr,
): void {
  let carries: [Expr, Expr] | undefined;
  for (let i = 0; i < LIMBS; i++) {
    const sums = [
      adjust(true, add(mul(u, x[i]), mul(v, y[i])), i),
      adjust(false, add(mul(q, x[i]), mul(r, y[i])), i),
    ];
    const cx = out.let(carries ? add(sums[0], carries[0]) : sums[0]);
    const cy = out.let(carries ? add(sums[1], carries[1]) : sums[1]);
    if (i > 0) {
      out.set(x[i - 1], low(cx));
      out.set(y[i - 1], low(cy));
    }
    carries = [high(cx), high(cy)];
  }
  out.set(x[LIMBS - 1], carries![0]);
  out.set(y[LIMBS - 1], carries![1]);
}

/** Whether a number whose limbs are normalised (but for the sign) differs from 0; an i32. */
function anyBit(x: Element): Expr {
  return op(
    'i64.ne',
    x.reduce<Expr>((a, b) => op('i64.or', a, b), i64(0n)),
    i64(0n),
  );
}
