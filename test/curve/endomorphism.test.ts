import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURVES } from '../../src/curve/curves.ts';
import { DIGITS, Endomorphism } from '../../src/curve/endomorphism.ts';
import { element } from '../field/arbitrary.ts';

describe.each(CURVES)('the endomorphism of $name', (curve) => {
  const F = curve.scalar;
  const phi = Endomorphism.of(curve);

  it('is the multiplication by lambda', () => {
    const { x, y } = curve.mul(12345n, curve.generator);
    const turned = { x: curve.base.mul(phi.beta, x), y, infinity: false };
    expect(turned).toEqual(curve.mul(F.mul(phi.lambda, 12345n), curve.generator));
    expect(turned.x).not.toBe(x);
  });

  it('has digits of every scalar, half as many as it has bits and no two side by side', () => {
    const corners = [0n, 1n, 2n, phi.lambda, F.sqr(phi.lambda), (F.p - 1n) / 2n, F.p - 2n, F.p - 1n];
    fc.assert(
      fc.property(fc.oneof(element(F), fc.constantFrom(...corners)), (k) => {
        const digits = phi.digits(k);
        let value = 0n;
        for (const digit of digits.toReversed()) {
          const [a, b] = digit === 0 ? [0n, 0n] : DIGITS[Math.abs(digit) - 1];
          value = F.reduce(2n * value + BigInt(Math.sign(digit)) * (a + b * phi.lambda));
        }
        expect(value).toBe(k);
        expect(digits.length).toBeLessThanOrEqual(F.bits / 2 + 2);
        expect(digits.some((digit, i) => digit !== 0 && (digits[i + 1] ?? 0) !== 0)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });
});
