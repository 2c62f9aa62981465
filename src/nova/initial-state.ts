import { NovaError } from '../errors.ts';
import type { PrimeField } from '../field/field.ts';

/** @throws {@link NovaError} `InvalidInitialInputLength`, `InvalidFieldElement` unless z0 is a state of that arity */
export function checkInitialState(F: PrimeField, z0: readonly bigint[], arity: number): void {
  if (z0.length !== arity) {
    throw new NovaError(
      'InvalidInitialInputLength',
      `z0 has ${z0.length} elements; the circuit's arity is ${arity}`,
    );
  }
  z0.forEach((z, k) => F.check(z, `z0[${k}]`));
}
