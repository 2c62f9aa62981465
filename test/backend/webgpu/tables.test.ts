import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Backend, Pending, Vec } from '../../../src/backend/backend.ts';
import { createReferenceBackend } from '../../../src/backend/reference/engine.ts';
import { LAYOUTS } from '../../../src/backend/webgpu/codegen/layout.ts';
import { GpuContext, type GpuLimits } from '../../../src/backend/webgpu/device.ts';
import { createWebgpuBackend } from '../../../src/backend/webgpu/open.ts';
import { windows } from '../../../src/backend/webgpu/windows.ts';
import { bn256Base, pallasBase, secq256k1Base } from '../../../src/field/fields.ts';
import { codeOf } from '../../support/error.ts';
import { EVERYTHING } from '../../support/extent.ts';
import { faultyDevice } from '../../support/faulty-device.ts';
import { matricesOf, type Rows } from '../../support/matrices.ts';
import { sharedContext, softwareAdapter, softwareDevice } from '../../support/software-gpu.ts';
import { get, mixed, mod, put } from '../suite/tools.ts';

/*
 * Where a device's limits cut tables: with limits that a few hundred elements exceed, everything is as the engine `reference` has it.
 */

const F = pallasBase;
const software = await softwareAdapter();

/** Bindings of 200 elements, and dispatches that fold: 1,024 elements take six windows. */
const SMALL: Partial<GpuLimits> = { maxStorageBufferBindingSize: 6500, maxComputeWorkgroupsPerDimension: 2 };

/** Dispatches of 56 inversions, or of 336 products. */
const SHORT: Partial<GpuLimits> = { maxDispatchMultiplications: 336 };

const LIMITS: Readonly<Record<string, Partial<GpuLimits>>> = {
  'small bindings': SMALL,
  ...(EVERYTHING && { 'short dispatches': SHORT }),
};

/** Asks both engines, and expects the same. */
async function compare(
  engine: Backend,
  ask: (engine: Backend) => readonly Pending<unknown>[],
): Promise<void> {
  const reference = createReferenceBackend();
  onTestFinished(() => reference.close());
  // as text, which is compared at once
  const plain = (values: readonly unknown[]) =>
    values.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value));
  const expected = plain(await reference.read(ask(reference)));
  expect(plain(await engine.read(ask(engine)))).toEqual(expected);
}

describe.skipIf(software === undefined)('tables on a GPU', () => {
  const contexts: GpuContext[] = [];
  const engines: Record<string, Backend> = {};
  beforeAll(async () => {
    for (const [name, limits] of Object.entries(LIMITS)) {
      const context = await GpuContext.open({ gpu: software!.gpu, adapter: 'software', limits });
      contexts.push(context);
      engines[name] = await createWebgpuBackend({}, { context, tried: true });
    }
  });
  afterAll(async () => {
    for (const engine of Object.values(engines)) await engine.close();
    for (const context of contexts) context.close();
  });

  describe.each(Object.keys(LIMITS))('with %s', (limits) => {
    it('has sizes that are cut here', () => {
      const context = contexts[Object.keys(LIMITS).indexOf(limits)];
      expect(windows(1024, context.limits, 1).length).toBeGreaterThan(3);
    });

    it('adds up: sums, inner products, rounds', () =>
      compare(engines[limits], (e) => {
        const [P, Q, R] = ['P', 'Q', 'R'].map((seed) => put(e, F, mixed(F, 1024, seed)));
        const [eq, short] = [put(e, F, mixed(F, 512, 'eq')), put(e, F, mixed(F, 803, 'short'))];
        const { sumcheck } = e;
        return [
          sumcheck.sum(P),
          sumcheck.sum(short),
          sumcheck.inner(P, Q),
          sumcheck.inner(short, P),
          sumcheck.roundQuadratic(P, Q),
          sumcheck.roundCubic(P, Q, R),
          sumcheck.roundEq(eq, P, Q),
          sumcheck.roundEq(eq, P, Q, R),
          // upper halves that begin where no binding may
          ...[2, 4, 8, 16].flatMap((n) => {
            const [p, q, r] = [P, Q, R].map((v) => e.polynomials.prefix(v, n));
            return [sumcheck.roundCubic(p, q, r), sumcheck.roundEq(e.polynomials.prefix(eq, n / 2), p, q, r)];
          }),
        ];
      }));

    it('combines terms of any length, itself and its prefixes among them', () =>
      compare(engines[limits], (e) => {
        const { polynomials } = e;
        const vectors = [0, 1, 7, 8, 199, 200, 201, 400, 803].map((n) => put(e, F, mixed(F, n, `${n}`)));
        const terms = vectors.map((v, k) => ({ c: F.p - 3n - BigInt(k), v }));
        const outs = [1, 2, 3, 4].map((k) => put(e, F, mixed(F, 803, `out ${k}`)));
        const prefix = (v: Vec, n: number, c: bigint) => ({ c, v: polynomials.prefix(v, n) });
        polynomials.combine(outs[0], terms, 5n);
        polynomials.combine(outs[1], [...terms, { c: 7n, v: outs[1] }, { c: F.p - 1n, v: outs[1] }]);
        polynomials.combine(outs[2], [...terms.slice(5), prefix(outs[2], 300, 3n)], F.p - 1n);
        polynomials.combine(outs[3], [
          prefix(outs[3], 300, 3n),
          { c: 2n, v: outs[3] },
          ...terms.slice(3),
          prefix(outs[3], 5, F.p - 2n),
          prefix(outs[3], 0, 9n),
        ]);
        return outs.map((v) => e.download(v));
      }));

    it('multiplies and inverts, in place too, and says where the first zero is', () =>
      compare(engines[limits], (e) => {
        const { polynomials } = e;
        const xs = mixed(F, 803, 'a').map((x) => (x === 0n ? 4n : x));
        const spoilt = (...at: number[]) => xs.map((x, i) => (at.includes(i) ? 0n : x));
        const [a, b] = [put(e, F, xs), put(e, F, mixed(F, 803, 'b'))];
        const [ab, aa, inverse] = [0, 1, 2].map(() => e.vector(F, 803, 'out'));
        polynomials.multiply(ab, a, b);
        polynomials.multiply(aa, a, a);
        polynomials.multiply(b, a, b);
        polynomials.multiply(b, b, a);
        const none = polynomials.invert(inverse, a);
        polynomials.multiply(a, a, a);
        const zeros = [[0], [802], [199, 200], [801, 64, 63], [400, 799]].map((at) => {
          const v = put(e, F, spoilt(...at));
          return [polynomials.invert(v, v), e.download(v)];
        });
        return [none, ...zeros.flat(), ...[a, b, ab, aa, inverse].map((v) => e.download(v))];
      }));

    it('folds halves, in place and not, down to one element', () =>
      compare(engines[limits], (e) => {
        const { polynomials } = e;
        const downloads: Pending<unknown>[] = [];
        const r = 1n << 200n;
        for (const [c0, c1] of [
          [mod(1n - r, F.p), r],
          [1n, 1n],
          [r, F.p - 1n],
        ] as const) {
          let v = put(e, F, mixed(F, 1024, 'v'));
          while (v.length > 1) {
            const half = v.length / 2;
            const [apart, bound] = [e.vector(F, half, 'out'), polynomials.prefix(v, half)];
            polynomials.foldHalves(apart, v, c0, c1);
            polynomials.foldHalves(bound, v, c0, c1);
            downloads.push(e.download(apart), e.download(bound));
            v = bound;
          }
        }
        return downloads;
      }));

    it('makes ramps, gathers, tensor products and copies', () =>
      compare(engines[limits], (e) => {
        const { polynomials } = e;
        const table = put(e, F, mixed(F, 803, 'table'));
        const positions = Uint32Array.from({ length: 700 }, (_, i) => (i * 389 + 800) % 803);
        const [ramp, gathered, some] = [803, 700, 65].map((n) => e.vector(F, n, 'out'));
        polynomials.ramp(ramp);
        polynomials.gather(gathered, table, polynomials.indices(positions, 803));
        polynomials.gather(some, table, polynomials.indices(new Uint32Array(65).fill(3), 5));
        const tensors = [0, 1, 9, 10].map((k) => {
          const out = e.vector(F, 2 ** k, 'tensor');
          const pool = mixed(F, 2 * k, 'x');
          polynomials.tensor(
            out,
            Array.from({ length: k }, (_, i) => [pool[2 * i], pool[2 * i + 1]]),
          );
          return out;
        });
        polynomials.copyRange(table, 3, ramp, 400, 399);
        polynomials.copyRange(ramp, 500, ramp, 1, 300);
        return [ramp, gathered, some, table, ...tensors].map((v) => e.download(v));
      }));

    it('multiplies transposed matrices', () =>
      compare(engines[limits], (e) => {
        const [constraints, variables, io] = [300, 410, 2];
        const coefficients = [1n, F.p - 1n, 2n, 1023n, F.p >> 1n];
        const matrix = (salt: number): Rows =>
          Array.from({ length: constraints }, (_, i) =>
            Array.from({ length: (i + salt) % 4 }, (_, k) => {
              // a column that nearly all rows have, and scattered ones
              const column = k === 0 ? variables : (i * 31 + k * 97 + salt) % (variables + 1 + io);
              return [column, coefficients[(i + k) % coefficients.length]] as const;
            }),
          );
        const M = e.matrices(matricesOf(F, variables, io, [matrix(0), matrix(1), matrix(2)]));
        const x = put(e, F, mixed(F, constraints, 'x'));
        const out = e.vector(F, variables + 1 + io, 'out');
        e.polynomials.transposed(out, M, x, [F.p - 5n, 1n << 100n, 1n]);
        const first = e.download(out);
        e.polynomials.transposed(out, M, x, [0n, 0n, F.p - 1n]);
        return [first, e.download(out)];
      }));
  });

  it
    .skipIf(!EVERYTHING)
    .each(
      Object.keys(LAYOUTS).flatMap((layout) =>
        [pallasBase, bn256Base, secq256k1Base].map((G) => [layout, G.name, G] as const),
      ),
    )('gives known answers with limbs of %s over %s', async (layout, _, G) => {
    const context = await sharedContext();
    const engine = await createWebgpuBackend({ webgpu: { layout } }, { context: context! });
    const v = put(engine, G, [3n, G.p - 1n]);
    // what is asked for here waits for the answers to the known questions
    const zero = engine.polynomials.invert(v, v);
    expect(await engine.read([zero, engine.sumcheck.sum(v)])).toEqual([-1, G.sub(G.inv(3n), 1n)]);
    await engine.close();
  });

  it('copies ranges within a vector that exceed what is copied at once', () =>
    compare(engines['small bindings'], (e) => {
      const [v, n] = [e.vector(F, 90_000, 'v'), 40_000];
      e.polynomials.ramp(v);
      e.polynomials.copyRange(v, n + 1, v, 0, n);
      return [e.download(v)];
    }));

  it('does not hide by writing a prefix that the rest of its vector is spoilt', async () => {
    const inner = (await softwareDevice())!;
    const faulty = faultyDevice(inner);
    const context = await GpuContext.open({ device: faulty.device });
    const engine = await createWebgpuBackend({}, { context, tried: true });
    const [v, w] = ['v', 'w'].map((seed) => put(engine, F, mixed(F, 100, seed)));
    await engine.read([]); // what was written by now is safe
    const zero = engine.polynomials.invert(v, w);
    faulty.inject('dropped', 0);
    expect(await codeOf(() => engine.read([zero]))).toBe('DeviceFault');
    const two = engine.polynomials.prefix(v, 2);
    engine.clear(two);
    engine.polynomials.copyRange(v, 5, w, 0, 2);
    engine.polynomials.foldHalves(two, engine.polynomials.prefix(w, 4), 1n, 1n);
    for (const spoilt of [v, two]) {
      expect(await codeOf(() => engine.read([engine.download(spoilt)]))).toBe('DeviceFault');
    }
    engine.copy(v, w);
    expect(await get(engine, two)).toEqual(mixed(F, 100, 'w').slice(0, 2));
    await engine.close();
    context.close();
    inner.destroy();
  });

  it('refuses sums that a device did not write', async () => {
    const device = (await softwareDevice())!;
    const context = await GpuContext.open({ device });
    const engine = await createWebgpuBackend({}, { context, tried: true });
    const xs = mixed(F, 100, 'v');
    const v = put(engine, F, xs);
    const sum = F.reduce(xs.reduce((a, b) => a + b));
    expect(await engine.read([engine.sumcheck.sum(v)])).toEqual([sum]);
    // a device that leaves out what ends the sums
    const { createCommandEncoder } = device;
    device.createCommandEncoder = function (descriptor) {
      const encoder = createCommandEncoder.call(this, descriptor);
      const { beginComputePass } = encoder;
      encoder.beginComputePass = function (of) {
        const pass = beginComputePass.call(this, of);
        const { setPipeline, dispatchWorkgroups } = pass;
        let label = '';
        pass.setPipeline = (pipeline) => {
          ({ label } = pipeline);
          setPipeline.call(pass, pipeline);
        };
        pass.dispatchWorkgroups = (...counts) => {
          if (!label.startsWith('total')) dispatchWorkgroups.apply(pass, counts);
        };
        return pass;
      };
      return encoder;
    };
    expect(await codeOf(() => engine.read([engine.sumcheck.sum(v)]))).toBe('DeviceFault');
    device.createCommandEncoder = createCommandEncoder;
    expect(await engine.read([engine.sumcheck.sum(v)])).toEqual([sum]);
    await engine.close();
    context.close();
    device.destroy();
  });
});
