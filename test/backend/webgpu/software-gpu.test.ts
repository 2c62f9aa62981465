import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { softwareVulkan } from '../../../src/node/software-gpu.ts';
import { elementBytes, elementsOf, LaneRun } from '../../support/lanes.ts';
import { softwareAdapter, softwareDevice } from '../../support/software-gpu.ts';

describe('software GPU', () => {
  test('is SwiftShader, whatever else the machine has', async ({ skip }) => {
    const software = await softwareAdapter();
    if (!software) return skip();
    expect(`${software.adapter.info.description} ${software.adapter.info.device}`).toMatch(/swiftshader/i);
  });

  test('runs a kernel', async ({ skip }) => {
    const device = await softwareDevice();
    if (!device) return skip();
    const kernel = await LaneRun.compile(device, {
      label: 'double',
      code: `struct Fe { lo: vec4<u32>, hi: vec4<u32> }
        fn lane(i: u32) -> Fe { return Fe(inputs[i].lo + inputs[i].lo, inputs[i].hi); }`,
    });
    const xs = Array.from({ length: 100 }, (_, i) => BigInt(i));
    const doubles = elementsOf(await kernel.run(elementBytes(xs), xs.length));
    device.destroy();
    expect(doubles).toEqual(xs.map((x) => 2n * x));
  });

  test('is unpacked once, by whoever comes first', async ({ skip }) => {
    if (!(await softwareAdapter())) return skip();
    const [first, second] = await Promise.all([softwareVulkan(), softwareVulkan()]);
    expect(first).toBe(second);
    expect(await readdir(first)).toEqual(
      expect.arrayContaining(['libvk_swiftshader.so', 'libvulkan.so.1', 'vk_swiftshader_icd.json']),
    );
  });
});
