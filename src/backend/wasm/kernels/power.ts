/**
 * Powers with a constant exponent, as a chain of steps that is worked out once.
 *
 * A chain of n steps fills a table of elements (unpacked, Montgomery form): entry 0 is the base, and step k sets entry
 * k + 1 = entry[from]^(2^squarings) entry[by], or without the last factor. In memory: u32 n, then `from`, `squarings`,
 * `by` for each step, 12 bytes; `by` is NONE where there is no factor. The result is the last entry.
 *
 * `pow(d, a, chain, table)`: d = a to the chain's exponent; `table` has room for n + 1 elements.
 */
import { i32, load, op, type Func, type WasmModule } from '../codegen/assembler.ts';
import { ELEMENT_STRIDE } from '../codegen/field-description.ts';
import type { ScalarField } from '../codegen/scalar-field.ts';

const NONE = 0xffffffff;
const STEP_BYTES = 12;

/** Adds `pow` to a module. */
export function powKernel(m: WasmModule, S: ScalarField): Func {
  return m.func('pow', ['i32', 'i32', 'i32', 'i32'], [], (f, d, a, chain, table) => {
    const steps = f.let(load('i32.load', chain));
    const x = S.load(f, a);
    const to = f.let(table);
    S.store(f, to, x);
    const entry = (offset: number) =>
      op('i32.add', table, op('i32.mul', load('i32.load', chain, offset), i32(ELEMENT_STRIDE)));
    const left = f.local('i32');
    const by = f.local('i32');
    f.if(steps, () =>
      f.loop(() => {
        S.load(f, f.let(entry(4))).forEach((limb, i) => f.set(x[i], limb));
        f.set(left, load('i32.load', chain, 8));
        f.if(left, () =>
          f.loop(() => {
            S.sqr(f, x).forEach((limb, i) => f.set(x[i], limb));
            f.set(left, op('i32.sub', left, i32(1)));
            return left;
          }),
        );
        f.set(by, load('i32.load', chain, 12));
        f.if(op('i32.ne', by, i32(NONE)), () => {
          const factor = S.load(f, f.let(entry(12)));
          S.mul(f, x, factor).forEach((limb, i) => f.set(x[i], limb));
        });
        f.set(to, op('i32.add', to, i32(ELEMENT_STRIDE)));
        S.store(f, to, x);
        f.set(chain, op('i32.add', chain, i32(STEP_BYTES)));
        f.set(steps, op('i32.sub', steps, i32(1)));
        return steps;
      }),
    );
    S.store(f, d, x);
  });
}

/** A step of a chain: entry[from]^(2^squarings) entry[by]. */
interface Step {
  readonly from: number;
  readonly squarings: number;
  readonly by?: number;
}

/** What a step costs, in multiplications. */
const SQUARING_COST = 0.75;

/** A chain in the making; entry k stands for the power `exponents[k]` of the base. */
class Chain {
  readonly steps: Step[] = [];
  readonly exponents: bigint[] = [1n];
  cost = 0;

  /** The entry of entry[from]^(2^squarings) entry[by]. */
  step(from: number, squarings: number, by?: number): number {
    const exponent =
      (this.exponents[from] << BigInt(squarings)) + (by === undefined ? 0n : this.exponents[by]);
    const known = this.exponents.indexOf(exponent);
    if (known >= 0) return known;
    this.steps.push(by === undefined ? { from, squarings } : { from, squarings, by });
    this.cost += SQUARING_COST * squarings + (by === undefined ? 0 : 1);
    return this.exponents.push(exponent) - 1;
  }
}

/**
 * A chain for the exponent e >= 1, as it lies in memory. Sliding windows of the cheapest width; a beginning that repeats
 * itself (roots modulo 2^k + small have one) is built by doubling instead.
 */
export function powerChain(e: bigint): Uint32Array {
  const bits = e.toString(2);
  let best: Chain | undefined;
  for (let width = 1; width <= 6; width++) {
    for (let period = 0; period <= 8; period++) {
      const chain = slidingWindows(bits, width, period);
      if (chain !== undefined && (best === undefined || chain.cost < best.cost)) best = chain;
    }
  }
  const steps = best!.steps.flatMap(({ from, squarings, by }) => [from, squarings, by ?? NONE]);
  return Uint32Array.of(best!.steps.length, ...steps);
}

/** Elements that the table of a chain takes. */
export function chainTableLength(chain: Uint32Array): number {
  return chain[0] + 1;
}

function slidingWindows(bits: string, width: number, period: number): Chain | undefined {
  const chain = new Chain();
  // odd powers below 2^width
  const odd = [0];
  if (width > 1) {
    const square = chain.step(0, 1);
    for (let k = 1; k < 1 << (width - 1); k++) odd.push(chain.step(odd[k - 1], 0, square));
  }
  let at = 0;
  let entry: number | undefined;
  if (period > 0) {
    [entry, at] = repeatedStart(chain, bits, period, odd);
    if (at === 0) return undefined;
  }
  let zeros = 0;
  while (at < bits.length) {
    if (bits[at] === '0') {
      zeros++;
      at++;
      continue;
    }
    let end = Math.min(at + width, bits.length);
    while (bits[end - 1] === '0') end--;
    const window = odd[(parseInt(bits.slice(at, end), 2) - 1) / 2];
    entry = entry === undefined ? window : chain.step(entry, zeros + end - at, window);
    zeros = 0;
    at = end;
  }
  if (zeros > 0) entry = chain.step(entry!, zeros);
  // the result must be the last entry
  if (entry !== chain.exponents.length - 1) chain.steps.push({ from: entry!, squarings: 0 });
  return chain;
}

/** Where the bits begin with repetitions of their first `period` bits: the entry for as many as there are, and its length. */
function repeatedStart(
  chain: Chain,
  bits: string,
  period: number,
  odd: readonly number[],
): [number | undefined, number] {
  let length = period;
  while (length < bits.length && bits[length] === bits[length - period]) length++;
  const count = Math.floor(length / period);
  const unit = parseInt(bits.slice(0, period), 2);
  const trailing = 31 - Math.clz32(unit & -unit);
  const first = odd[((unit >> trailing) - 1) / 2];
  if (count < 4 || first === undefined) return [undefined, 0];
  // units of 1, 2, 4, .. repetitions, each without its trailing zeros, joined from the largest to the smallest
  const powers = [first];
  for (let n = 1; 2 * n <= count; n *= 2) {
    const last = powers[powers.length - 1];
    powers.push(chain.step(last, n * period, last));
  }
  let entry: number | undefined;
  for (let k = powers.length - 1; k >= 0; k--) {
    if (((count >> k) & 1) === 0) continue;
    entry = entry === undefined ? powers[k] : chain.step(entry, (1 << k) * period, powers[k]);
  }
  return [entry, count * period - trailing];
}
