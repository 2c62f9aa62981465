import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fieldLibrary } from '../../../src/backend/webgpu/codegen/field.ts';
import {
  DEFAULT_LAYOUT,
  LAYOUTS,
  montgomeryRadix,
  storedBound,
} from '../../../src/backend/webgpu/codegen/layout.ts';
import { FIELDS, pallasBase, secq256k1Base } from '../../../src/field/fields.ts';
import { EVERYTHING } from '../../support/extent.ts';
import { edgeIntegers, spreadIntegers } from '../../support/field-forms.ts';
import { elementBytes, elementsOf, LaneRun } from '../../support/lanes.ts';
import { softwareDevice } from '../../support/software-gpu.ts';

let device: GPUDevice | undefined;
beforeAll(async () => {
  device = await softwareDevice();
});
afterAll(() => device?.destroy());

describe('inversion on a GPU', () => {
  for (const layout of EVERYTHING ? Object.values(LAYOUTS) : [DEFAULT_LAYOUT]) {
    const lanes = layout === DEFAULT_LAYOUT ? 102_400 : 3200;
    for (const F of layout === DEFAULT_LAYOUT ? FIELDS : [pallasBase, secq256k1Base]) {
      test(`${F.name} in ${layout.name}: ${lanes} inverses are right, and 0 for 0`, async ({ skip }) => {
        if (!device) return skip();
        const max = storedBound(F);
        const edges = edgeIntegers(F, layout, max);
        const xs = [...edges, ...spreadIntegers(7, lanes - edges.length, max)];
        const text = 'fn lane(i: u32) -> Fe { return fe_inv(inputs[i]); }';
        const code = fieldLibrary(F, layout, { text }) + text;
        const kernel = await LaneRun.compile(device, { label: 'inverse', code });
        const RR = montgomeryRadix(layout) ** 2n;
        const limit = max < F.p ? F.p : 2n * F.p;
        elementsOf(await kernel.run(elementBytes(xs), lanes)).forEach((inverse, i) => {
          const x = xs[i]!;
          const right = x % F.p === 0n ? inverse % F.p === 0n : (inverse * x - RR) % F.p === 0n;
          if (!right || inverse >= limit) expect.fail(`the inverse of ${x} is not ${inverse}`);
        });
      });
    }
  }
});
