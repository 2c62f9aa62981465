/** Equalities of short numbers, many to a constraint. Follows nova-snark's `frontend/gadgets/multieq.rs`. */
import { NovaError } from '../../errors.ts';
import type { ConstraintSystem } from '../constraint-system.ts';
import type { LinearCombination } from '../linear-combination.ts';

/**
 * Gathers equalities a_i = b_i of numbers below 2^width_i, and writes sum a_i 2^(s_i) = sum b_i 2^(s_i), where s_i is the sum of
 * the widths before: as long as nothing exceeds the modulus, the sums are equal only if all terms are.
 */
export class PackedEqualities {
  readonly #cs: ConstraintSystem;
  #a: LinearCombination;
  #b: LinearCombination;
  /** Bits that the gathered equalities take. */
  #width = 0;
  #rows = 0;

  constructor(cs: ConstraintSystem) {
    this.#cs = cs;
    this.#a = cs.lc();
    this.#b = cs.lc();
  }

  /**
   * a = b, which both are below 2^width whatever the witness: the caller's constraints see to it.
   *
   * @throws {@link NovaError} `SynthesisError` if the field has no room for such a number
   */
  enforceEqual(width: number, a: LinearCombination, b: LinearCombination): void {
    const capacity = this.#cs.field.bits - 1;
    if (width >= capacity) {
      throw new NovaError(
        'SynthesisError',
        `${this.#cs.field.name} has no room for numbers of ${width} bits`,
      );
    }
    if (this.#width + width >= capacity) this.finish();
    const unit = 1n << BigInt(this.#width);
    this.#a.add(a, unit);
    this.#b.add(b, unit);
    this.#width += width;
  }

  /** Writes the constraint of what has been gathered, if anything. To be called once all are. */
  finish(): void {
    if (this.#width === 0) return;
    this.#cs.enforce(`equalities ${this.#rows++}`, this.#a, this.#cs.one, this.#b);
    this.#a = this.#cs.lc();
    this.#b = this.#cs.lc();
    this.#width = 0;
  }
}
