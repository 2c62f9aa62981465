import { NovaError } from '../../../errors.ts';
import type { PrimeField } from '../../../field/field.ts';
import { Emitter } from './emitter.ts';
import { ELEMENT_BITS, montgomeryRadix, storedBound, type Layout } from './layout.ts';
import { LimbArithmetic, negativeInverse } from './limbs.ts';

/*
 * Inversion by division steps: D. J. Bernstein, B.-Y. Yang, "Fast constant-time gcd computation and modular inversion"
 * (2019), in the variant that starts with delta = 1/2 and ends within 590 steps for 256 bits (P. Wuille's bound; zeta =
 * -(delta + 1/2)). Batches of 14 steps work on the low limbs alone and collect a matrix (u v; q r), packed two entries to a word, which is
 * then applied to f, g and, modulo p, to d, e. A batch is one limb of 14 bits, whatever the field's layout. All
 * variables are scalars: a loop around straight-line code, no array is indexed.
 *
 * No signed overflow: |u| + |v| <= 2^14 and |q| + |r| <= 2^14, limbs are below 2^14 under a signed top limb, the multiples of p
 * that make d and e divisible are in [-2^13, 2^13): sums stay below 2^29. Each batch adds at most p/2 to |d| and |e|,
 * which start below p: at the end they are at most 22.5 p.
 */
const BITS = 14;
const LIMBS = 19;
const BATCHES = 43;
/** Added to d before the last reduction: above the largest |d| / p. */
const COVER = 24n;
const MASK = (1 << BITS) - 1;
const SIGN = 1 << (BITS - 1);

/** Where the limbs of f, g, d and e have their place; R plays no role in it. */
const GEOMETRY: Layout = { name: 'divsteps', bits: BITS, limbs: LIMBS, limbs256: LIMBS, steps: LIMBS };

/** The inversion, and what one call costs, loops included. */
export interface InverseFunction {
  readonly name: string;
  readonly code: string;
  readonly max: bigint;
  readonly multiplications: number;
  readonly others: number;
}

/** `fe_inv` for a field: Montgomery form in and out, 0 for 0. */
export function inverseFunction(F: PrimeField, layout: Layout): InverseFunction {
  if (BATCHES * BITS < 590 || F.bits > ELEMENT_BITS) {
    throw new NovaError('InvalidArgument', `${F.name} has more bits than the inversion takes steps for`);
  }
  const p = limbsOf(F.p);
  const start = limbsOf(F.reduce(montgomeryRadix(layout) ** 2n)); // e starts at R^2: 1/(a R) R^2 = R/a
  const n0 = Number(negativeInverse(F.p, BITS));
  const input = unpacked(F);
  const loop = [...divisionSteps(), ...applyToFG(), ...applyToDE(p, n0)];
  const output = finish(F);
  const statements = [
    'let a = fe_canon(a0);',
    ...input.lines,
    ...limbNumbers().flatMap((i) => [
      `var f${i} = ${p[i]}; var g${i} = ${input.limbs[i]};`,
      `var d${i} = 0; var e${i} = ${start[i]};`,
    ]),
    'var zeta = -1;',
    `for (var batch = 0; batch < ${BATCHES}; batch++) {`,
    ...loop.map((line) => `  ${line}`),
    '}',
    ...output.lines,
  ];
  const body = operationsIn(loop);
  return {
    name: 'fe_inv',
    code: ['fn fe_inv(a0: Fe) -> Fe {', ...statements.map((line) => `  ${line}`), '}'].join('\n'),
    max: output.max,
    multiplications: BATCHES * body.multiplications,
    others: BATCHES * body.others,
  };
}

function limbNumbers(): number[] {
  return Array.from({ length: LIMBS }, (_, i) => i);
}

function limbsOf(x: bigint): number[] {
  return limbNumbers().map((i) => {
    const limb = x >> BigInt(BITS * i);
    return Number(i === LIMBS - 1 ? limb : limb & BigInt(MASK));
  });
}

function unpacked(F: PrimeField): { lines: string[]; limbs: string[] } {
  const emitter = new Emitter();
  const { limbs } = new LimbArithmetic(emitter, F, GEOMETRY).unpack('a', F.p - 1n);
  return { lines: emitter.lines(), limbs: limbs.map(({ text }) => `i32(${text})`) };
}

/** 14 division steps on the low limbs of f and g; the matrix in words of two 16-bit entries, u + 2^16 v and q + 2^16 r. */
function divisionSteps(): string[] {
  const step = [
    'm1 = zeta >> 31u; m2 = -(g & 1);',
    'g += ((f ^ m1) - m1) & m2; qr += ((uv ^ m1) - m1) & m2;',
    'm1 &= m2; zeta = (zeta ^ m1) - 1;',
    'f += g & m1; uv += qr & m1;',
    'g >>= 1u; uv += uv;',
  ];
  return [
    'var f = f0; var g = g0; var uv = 1; var qr = 65536; var m1 = 0; var m2 = 0;',
    ...Array.from({ length: BITS }, () => step).flat(),
    'let u = ((uv & 65535) ^ 32768) - 32768; let v = (uv - u) >> 16u;',
    'let q = ((qr & 65535) ^ 32768) - 32768; let r = (qr - q) >> 16u;',
  ];
}

/** (f, g) = (u f + v g, q f + r g) / 2^14: exact, one limb is dropped. */
function applyToFG(): string[] {
  return [
    `var x = (u * f0 + v * g0) >> ${BITS}u; var y = (q * f0 + r * g0) >> ${BITS}u;`,
    ...limbNumbers()
      .slice(1)
      .flatMap((i) => [
        `x += u * f${i} + v * g${i}; y += q * f${i} + r * g${i};`,
        `f${i - 1} = x & ${MASK}; g${i - 1} = y & ${MASK}; x >>= ${BITS}u; y >>= ${BITS}u;`,
      ]),
    `f${LIMBS - 1} = x; g${LIMBS - 1} = y;`,
  ];
}

/** (d, e) = (u d + v e + md p, q d + r e + me p) / 2^14, md and me such that it is exact. */
function applyToDE(p: readonly number[], n0: number): string[] {
  const multiple = (x: string): string => {
    const low = n0 === MASK ? `(0 - ${x})` : `((${x} & ${MASK}) * ${n0})`;
    return `((${low} & ${MASK}) ^ ${SIGN}) - ${SIGN}`;
  };
  const times = (m: string, limb: number): string => {
    if (limb === 0) return '';
    return limb === 1 ? ` + ${m}` : ` + ${m} * ${limb}`;
  };
  return [
    'x = u * d0 + v * e0; y = q * d0 + r * e0;',
    `let md = ${multiple('x')}; let me = ${multiple('y')};`,
    `x = (x${times('md', p[0]!)}) >> ${BITS}u; y = (y${times('me', p[0]!)}) >> ${BITS}u;`,
    ...limbNumbers()
      .slice(1)
      .flatMap((i) => [
        `x += u * d${i} + v * e${i}${times('md', p[i]!)}; y += q * d${i} + r * e${i}${times('me', p[i]!)};`,
        `d${i - 1} = x & ${MASK}; e${i - 1} = y & ${MASK}; x >>= ${BITS}u; y >>= ${BITS}u;`,
      ]),
    `d${LIMBS - 1} = x; e${LIMBS - 1} = y;`,
  ];
}

/** d times the sign of f, which ended as 1 or -1 (or p, and d = 0), made positive and reduced. */
function finish(F: PrimeField): { lines: string[]; max: bigint } {
  const cover = limbsOf(COVER * F.p);
  const max = 2n * COVER * F.p;
  const lines = [`let sign = f${LIMBS - 1} >> 31u; var c = 0;`];
  for (const i of limbNumbers()) {
    lines.push(`c += ((d${i} ^ sign) - sign) + ${cover[i]};`);
    lines.push(i < LIMBS - 1 ? `let r${i} = u32(c & ${MASK}); c >>= ${BITS}u;` : `let r${i} = u32(c);`);
  }
  const emitter = new Emitter('z');
  const arithmetic = new LimbArithmetic(emitter, F, GEOMETRY);
  const top = max >> BigInt(BITS * (LIMBS - 1));
  const limbs = limbNumbers().map((i) => emitter.input(`r${i}`, i < LIMBS - 1 ? BigInt(MASK) : top));
  let result = arithmetic.reduce({ limbs, max }, 2n * F.p - 1n, true);
  if (storedBound(F) < F.p) result = arithmetic.canonical(result);
  const { text } = arithmetic.pack(result);
  return { lines: [...lines, ...emitter.lines(), `return ${text};`], max: result.max };
}

function operationsIn(lines: readonly string[]): { multiplications: number; others: number } {
  const code = lines.join('\n');
  const count = (pattern: RegExp): number => code.match(pattern)?.length ?? 0;
  const multiplications = count(/ \* /g);
  return { multiplications, others: count(/ ([-+&|^]|>>)=? |-\(/g) };
}
