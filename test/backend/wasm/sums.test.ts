import { describe, expect, it, onTestFinished } from 'vitest';
import { PRODUCTS_PER_REDUCTION } from '../../../src/backend/wasm/codegen/lazy-sum.ts';
import { createWasmBackend } from '../../../src/backend/wasm/open.ts';
import { proofKernels, proofModule } from '../../../src/backend/wasm/field-module.ts';
import { Host } from '../../../src/backend/wasm/host.ts';
import { sums } from '../../../src/backend/wasm/sums.ts';
import { FIELDS } from '../../../src/field/fields.ts';
import { expectCode, mod } from '../suite/tools.ts';

describe('sums without reductions', () => {
  it.each(FIELDS)(
    'hold as many products of the largest elements of $name as a task takes, and one more in the next',
    async (F) => {
      const engine = await createWasmBackend({ threads: 0 });
      onTestFinished(() => engine.close());
      const n = 2 * PRODUCTS_PER_REDUCTION;
      const high = F.p - 1n;
      // the halves 0 and p - 1: their difference, and the value at -1, are as large as they get
      const bytes = new Uint8Array(32 * (n + 2));
      const one = F.toBytes(high);
      for (let i = n / 2; i < n + 2; i++) bytes.set(one, 32 * i);
      const v = engine.vector(F, n + 2, 'v');
      engine.upload(v, bytes);
      const table = engine.polynomials.prefix(v, n);
      const { sumcheck, openings } = engine;
      const count = BigInt(n / 2);
      const [sum, inner, quadratic, cubic, cross] = await engine.read([
        sumcheck.sum(v),
        sumcheck.inner(v, v),
        sumcheck.roundQuadratic(table, table),
        sumcheck.roundCubic(table, table, table),
        openings.crossInner(table, table),
      ]);
      expect(sum).toBe(mod((count + 2n) * high, F.p));
      expect(inner).toBe(mod((count + 2n) * high * high, F.p));
      expect(quadratic).toEqual([0n, mod(count * high * high, F.p)]);
      expect(cubic).toEqual([0n, mod(count * (-high) ** 3n, F.p), mod(count * high ** 3n, F.p)]);
      expect(cross).toEqual([0n, 0n]);

      const upper = engine.vector(F, n / 2, 'upper');
      engine.polynomials.copyRange(upper, 0, v, n / 2, n / 2);
      const flat = engine.vector(F, n, 'flat');
      engine.polynomials.copyRange(flat, 0, v, n / 2, n / 2);
      const [[at0, leading]] = await engine.read([sumcheck.roundEq(upper, flat, flat, table)]);
      expect([at0, leading]).toEqual([mod(count * high ** 3n, F.p), mod(count * high ** 3n, F.p)]);
      const [[less]] = await engine.read([sumcheck.roundEq(upper, flat, flat, flat)]);
      expect(less).toBe(mod(count * high * (high * high - high), F.p));
    },
  );

  it('refuse more products than they hold', async () => {
    const [F] = FIELDS;
    const memory = new WebAssembly.Memory({ initial: 16, maximum: 65536 });
    const host = new Host(memory, () => ({ address: 64, bytes: 65536 }));
    host.add(proofKernels(F.name), new WebAssembly.Module(proofModule(F, { shared: false })));
    const job = { field: F.name, kernel: 'sum', vectors: [0], count: 1, from: 0 } as const;
    await expectCode('InvalidArgument', () => sums(host, { ...job, to: PRODUCTS_PER_REDUCTION + 1 }));
  });
});
