import { describe, expect, it } from 'vitest';
import { DEFAULT_LAYOUT, LAYOUTS } from '../../../src/backend/webgpu/codegen/layout.ts';
import { GpuContext } from '../../../src/backend/webgpu/device.ts';
import { createWebgpuBackend } from '../../../src/backend/webgpu/open.ts';
import { fastest, measureSpeeds } from '../../../src/backend/webgpu/speed.ts';
import { windows } from '../../../src/backend/webgpu/windows.ts';
import { pallas } from '../../../src/curve/curves.ts';
import { sharedContext } from '../../support/software-gpu.ts';
import { get, KnownKeys, mod, put, randomElements } from '../suite/tools.ts';

const shared = await sharedContext();

describe.skipIf(shared === undefined)('the speed of a device', () => {
  const context = shared!;

  it('is measured for every layout, once', async () => {
    const layouts = Object.values(LAYOUTS);
    const speeds = await measureSpeeds(context, layouts);
    expect(Object.keys(speeds)).toEqual(Object.keys(LAYOUTS));
    for (const speed of Object.values(speeds)) expect(speed).toBeGreaterThan(0);
    expect(await measureSpeeds(context, layouts)).toBe(speeds);
  });

  it('decides for another layout only if that is clearly faster', () => {
    expect(fastest({ '14x19': 100, '13x20': 102, '15x17+1': 99 })).toBe(DEFAULT_LAYOUT);
    expect(fastest({ '14x19': 100, '13x20': 120, '15x17+1': 150 })).toBe(LAYOUTS['15x17+1']);
    expect(fastest({ '14x19': 100, '13x20': 120, '15x17+1': 90 })).toBe(LAYOUTS['13x20']);
  });

  it('bounds what a dispatch does, and the results stay the same', async () => {
    const F = pallas.scalar;
    const limited = await GpuContext.open({ device: context.device });
    limited.limitDispatches(256);
    expect(windows(100, limited.limits, 4)).toHaveLength(2);
    expect(windows(100, limited.limits)).toHaveLength(1);
    const engine = await createWebgpuBackend({}, { context: limited, tried: true });
    const random = randomElements(F, 'speed');
    const [a, b, [r]] = [random(150), random(150), random(1)];
    const out = engine.vector(F, 150, 'out');
    engine.addScaled(out, put(engine, F, a), r, put(engine, F, b));
    expect(await get(engine, out)).toEqual(a.map((x, i) => mod(x + r * b[i], F.p)));
    const keys = new KnownKeys(pallas);
    const logs = Array.from({ length: 151 }, (_, i) => i + 1);
    const key = await keys.load(engine, logs);
    const [point] = await engine.read([engine.commit(key, put(engine, F, a), r)]);
    expect(point).toEqual(keys.commitment(logs, a, r));
    await engine.close();
    limited.close();
  });
});
