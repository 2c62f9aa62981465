import type { Backend } from '../../src/backend/backend.ts';
import type { GpuContext } from '../../src/backend/webgpu/device.ts';

/** What something asks of a device. */
export type DeviceCost = Record<'dispatches' | 'readBacks' | 'bytesUp' | 'bytesDown' | 'allocations', number>;

/** What `work` asked of a device, by the counters of the context and of the engine on it. */
export async function costOf<T>(
  context: GpuContext,
  engine: Backend,
  work: () => Promise<T>,
): Promise<{ result: T; cost: DeviceCost }> {
  const [before, dispatches] = [engine.counters(), context.dispatches];
  const result = await work();
  const after = engine.counters();
  const cost = {
    dispatches: context.dispatches - dispatches,
    readBacks: after.readBacks - before.readBacks,
    bytesUp: after.bytesUp - before.bytesUp,
    bytesDown: after.bytesDown - before.bytesDown,
    allocations: after.allocations - before.allocations,
  };
  return { result, cost };
}
