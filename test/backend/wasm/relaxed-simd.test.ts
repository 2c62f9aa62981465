/** The engine where the machine has a fused multiply-add: commitments are computed with it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { i32, WasmModule } from '../../../src/backend/wasm/codegen/assembler.ts';
import { multiplyAddIsFused } from '../../../src/backend/wasm/kernels/multiply-add.ts';
import { createWasmBackend } from '../../../src/backend/wasm/open.ts';
import { Host } from '../../../src/backend/wasm/host.ts';
import type { AffinePoint } from '../../../src/curve/curve.ts';
import { bn256, pallas } from '../../../src/curve/curves.ts';
import { nodeModules } from '../../../src/node/module-cache.ts';
import { bn256Base } from '../../../src/field/fields.ts';
import { codeOf } from '../../support/error.ts';
import { allowRelaxedSimd } from '../../../src/node/relaxed-simd.ts';
import { backendSuite } from '../suite.ts';
import { put, randomElements } from '../suite/tools.ts';

const relaxedSimd = await allowRelaxedSimd();

if (relaxedSimd) {
  const make = () => createWasmBackend({ threads: 2, modules: nodeModules() });
  // points alone are added with it
  backendSuite('wasm with multiply-add', make, { scale: 0.25, fields: [bn256Base], curves: [bn256] });
}

describe('multiply-add', () => {
  it.runIf(relaxedSimd)('is used where it is there, and commits to the same as without', async () => {
    const points: AffinePoint[] = [];
    for (const limits of [{}, { relaxedSimd: false }, { simd: false }] as const) {
      const kept: string[] = [];
      const modules = { get: () => undefined, put: (name: string) => void kept.push(name) };
      const engine = await createWasmBackend({ threads: 2, modules }, limits);
      onTestFinished(() => engine.close());
      const key = await engine.bases(pallas, new TextEncoder().encode('ck'), 3000);
      const v = put(engine, pallas.scalar, randomElements(pallas.scalar, 'madd')(3000));
      // without tables, then with them
      for (let i = 0; i < 6; i++) points.push(...(await engine.read([engine.commit(key, v, 3n)])));
      const used = !('simd' in limits) && !('relaxedSimd' in limits);
      expect(kept.some((name) => name.endsWith('-madd'))).toBe(used);
    }
    expect(points).toEqual(points.map(() => points[0]));
  });

  // V8 leaves fused instructions alone then, and computes a product and a sum
  it.runIf(relaxedSimd && process.arch === 'x64')('is not used where it rounds twice', async () => {
    const library = new URL('../../../dist/index.js', import.meta.url).href;
    const source = `
      import { detectFeatures } from ${JSON.stringify(library)};
      const { simd, relaxedSimd } = await detectFeatures();
      console.log(simd, relaxedSimd);
    `;
    const flags = ['--experimental-wasm-relaxed-simd', '--no-enable-fma3'];
    const args = [...flags, '--input-type=module', '--eval', source];
    expect((await promisify(execFile)(process.execPath, args)).stdout).toBe('true false\n');
    expect((await promisify(execFile)(process.execPath, args.toSpliced(1, 1))).stdout).toBe('true true\n');
  });

  it('must be fused on every thread that it is used on', async () => {
    expect(multiplyAddIsFused(() => 1)).toBe(true);
    expect(multiplyAddIsFused((x) => Number(x < 2))).toBe(false);
    // a module whose multiply-add pretends to round twice
    const m = new WasmModule();
    m.func('isFused', ['f64'], ['i32'], (f) => f.return(i32(0)));
    const bytes = m.toBytes({ shared: false, maximum: 1 });
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const host = new Host(memory, () => ({ address: 0, bytes: 0 }));
    host.add('unfused', new WebAssembly.Module(bytes));
    expect(await codeOf(() => host.kernels('unfused'))).toBe('EngineFault');
  });
});
