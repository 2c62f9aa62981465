import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fieldLibrary } from '../../../src/backend/webgpu/codegen/field.ts';
import {
  DEFAULT_LAYOUT,
  LAYOUTS,
  montgomeryRadix,
  storedBound,
  type Layout,
} from '../../../src/backend/webgpu/codegen/layout.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { FIELDS, grumpkinBase, pallasBase, secq256k1Base } from '../../../src/field/fields.ts';
import { EVERYTHING } from '../../support/extent.ts';
import {
  B3,
  edgeIntegers,
  formNames,
  formOracles,
  inputMax,
  resultCheck,
  spreadIntegers,
} from '../../support/field-forms.ts';
import { elementBytes, elementsOf, LaneRun } from '../../support/lanes.ts';
import { softwareDevice } from '../../support/software-gpu.ts';

/*
 * Lanes read their arguments from one array, edge integers first: the first E^2 lanes go through all pairs of edges, those
 * after them through the spread integers behind.
 */
interface LaneArguments {
  readonly integers: readonly bigint[];
  readonly edges: number;
  readonly spread: number;
}

function laneArguments(F: PrimeField, layout: Layout, max: bigint, spread: number): LaneArguments {
  const edges = edgeIntegers(F, layout, max);
  return { integers: [...edges, ...spreadIntegers(F.bits, spread, max)], edges: edges.length, spread };
}

/** Where lane i finds its argument k; in TypeScript and, below, in WGSL. */
function indexOf({ edges, spread }: LaneArguments, i: number, k: number): number {
  if (i < edges * edges) {
    if (k === 0) return i % edges;
    return k === 1 ? Math.floor(i / edges) : (i * 7 + k * 3) % edges;
  }
  return edges + ((i + k * 4099) % spread);
}

function indexCode({ edges, spread }: LaneArguments): string {
  return `fn arg(i: u32, k: u32) -> Fe {
    if (i < ${edges * edges}u) {
      if (k == 0u) { return inputs[i % ${edges}u]; }
      if (k == 1u) { return inputs[i / ${edges}u]; }
      return inputs[(i * 7u + k * 3u) % ${edges}u];
    }
    return inputs[${edges}u + (i + k * 4099u) % ${spread}u];
  }`;
}

let device: GPUDevice | undefined;
beforeAll(async () => {
  device = await softwareDevice();
});
afterAll(() => device?.destroy());

describe('field functions on a GPU', () => {
  /** What the layouts besides the default are tried on: all else differs in nothing that these do not have. */
  const sample = ['mul', 'sqr', 'sub', 'canon', 'y3', 'det'];
  for (const layout of EVERYTHING ? Object.values(LAYOUTS) : [DEFAULT_LAYOUT]) {
    const isDefault = layout === DEFAULT_LAYOUT;
    const lanes = isDefault ? 102_400 : 12_800;
    const names = isDefault ? formNames : sample;
    for (const F of isDefault ? FIELDS : [pallasBase, grumpkinBase, secq256k1Base]) {
      test(`${F.name} in ${layout.name}: ${lanes} lanes of ${names.length} functions are right`, async ({
        skip,
      }) => {
        if (!device) return skip();
        const b3 = B3.get(F)!;
        const oracles = formOracles(BigInt(b3));
        for (const max of new Set(names.map((name) => inputMax(F, name)))) {
          const values = laneArguments(F, layout, max, lanes);
          const inputs = elementBytes(values.integers);
          const kernels = names
            .filter((name) => inputMax(F, name) === max)
            .map((name) => {
              const calls = Array.from({ length: oracles[name]!.arity }, (_, k) => `arg(i, ${k}u)`);
              const text = `${indexCode(values)}
                fn lane(i: u32) -> Fe { return fe_${name}(${calls.join(', ')}); }`;
              const code = fieldLibrary(F, layout, { text, b3 }) + text;
              return { name, run: LaneRun.compile(device!, { label: name, code }) };
            });
          for (const { name, run } of kernels) {
            const oracle = oracles[name]!;
            const check = resultCheck(F, layout, oracle);
            const compiled = await run;
            const results = elementsOf(await compiled.run(inputs, lanes));
            const x: bigint[] = Array<bigint>(oracle.arity);
            results.forEach((result, i) => {
              for (let k = 0; k < x.length; k++) x[k] = values.integers[indexOf(values, i, k)]!;
              check(x, result);
            });
          }
        }
      });
    }
  }
});

describe('predicates and constants on a GPU', () => {
  for (const F of FIELDS) {
    test(`${F.name}: zero, equality and selection by words and mod p`, async ({ skip }) => {
      if (!device) return skip();
      const max = storedBound(F);
      const edges = edgeIntegers(F, DEFAULT_LAYOUT, max);
      const n = edges.length;
      const text = `fn lane(i: u32) -> Fe {
        if (i >= ${n * n}u) {
          switch (i - ${n * n}u) {
            case 0u: { return FE_ZERO; } case 1u: { return FE_ONE; } case 2u: { return FE_P; } default: { return FE_R2; }
          }
        }
        let a = inputs[i % ${n}u]; let b = inputs[i / ${n}u];
        let f = vec4<bool>(fe_same(a, b), fe_eq(a, b), fe_is_zero(a), fe_no_words(a));
        let chosen = fe_select(a, b, i % 3u == 0u);
        return Fe(select(vec4<u32>(0u), vec4<u32>(1u), f),
          vec4<u32>(chosen.lo.x, chosen.hi.w, u32(fe_is_zero_product(a)), 0u));
      }`;
      const code = fieldLibrary(F, DEFAULT_LAYOUT, { text }) + text;
      const kernel = await LaneRun.compile(device, { label: 'predicates', code });
      const results = elementsOf(await kernel.run(elementBytes(edges), n * n + 4));
      const R = montgomeryRadix(DEFAULT_LAYOUT);
      expect(results.slice(n * n)).toEqual([0n, F.reduce(R), F.p, F.reduce(R * R)]);
      results.slice(0, n * n).forEach((result, i) => {
        const [a, b] = [edges[i % n]!, edges[Math.floor(i / n)]!];
        const chosen = i % 3 === 0 ? b : a;
        const flags = [a === b, (a - b) % F.p === 0n, a % F.p === 0n, a === 0n].map(BigInt);
        const words = [
          ...flags,
          BigInt.asUintN(32, chosen),
          chosen >> 224n,
          BigInt(a === 0n || a === F.p),
          0n,
        ];
        expect(result, `${a}, ${b}`).toBe(words.reduce((sum, word, k) => sum | (word << BigInt(32 * k)), 0n));
      });
    });
  }
});
