import { describe } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import type { Curve } from '../../src/curve/curve.ts';
import { CURVES } from '../../src/curve/curves.ts';
import type { PrimeField } from '../../src/field/field.ts';
import { FIELDS } from '../../src/field/fields.ts';
import { commitCases } from './suite/commit.ts';
import { edgeCases } from './suite/edges.ts';
import { foldCases } from './suite/fold.ts';
import { handleCases } from './suite/handles.ts';
import { openingCases } from './suite/openings.ts';
import { polynomialCases } from './suite/polynomials.ts';
import { prefixCases } from './suite/prefixes.ts';
import { productCases } from './suite/products.ts';
import { sumcheckCases } from './suite/sumcheck.ts';
import { witnessCases } from './suite/witness.ts';

/**
 * What every engine must do: the contract of `src/backend/backend.ts` as tests, the same for all engines.
 *
 * @param make makes an engine; each group of tests makes its own and closes it
 * @param options.scale multiplies the largest sizes (512 at 1)
 * @param options.fields those of the cases that every field has
 * @param options.curves those of the cases that every curve has; pallas is always used
 * @param options.begun whether operations that were recorded happen even if their value is given up
 */
export function backendSuite(
  name: string,
  make: () => Promise<Backend>,
  {
    scale = 1,
    fields = FIELDS,
    curves = CURVES,
    begun = false,
  }: {
    scale?: number;
    fields?: readonly PrimeField[];
    curves?: readonly Curve[];
    begun?: boolean;
  } = {},
): void {
  describe(`engine ${name}`, () => {
    const folding = [handleCases, edgeCases, foldCases, productCases, commitCases, witnessCases];
    const proof = [polynomialCases, prefixCases, sumcheckCases, openingCases];
    for (const cases of [...folding, ...proof]) cases({ make, scale, fields, curves, begun });
  });
}
