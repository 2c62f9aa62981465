/** What goes wrong with a device. */
export type Fault =
  | 'lost' // the device is gone: commands do nothing, maps reject, other promises seem to succeed
  | 'hung' // a promise that never settles
  | 'dropped' // a submission that is passed over without a word
  | 'zeroed' // a read-back of zeros
  | 'repeated' // a read-back that brings what an earlier one brought
  | 'flipped' // a bit of a read-back
  | 'overwritten' // a word of a buffer, before a dispatch
  | 'refused'; // no memory for a buffer

/** A device in front of another one that lets things go wrong. */
export interface FaultyDevice {
  readonly device: GPUDevice;
  /** Places where something could have gone wrong since the last call of `inject`. */
  readonly places: number;
  /** Whether the fault has happened since then. */
  readonly happened: boolean;
  /** The label of the buffer that was overwritten since then. */
  readonly target: string | undefined;
  /** Lets the fault happen at the place of that number from now on, from 0; once. @param seed chooses among bits */
  inject(fault: Fault, place: number, seed?: number): void;
}

/** Which calls each fault can happen at. */
const PLACES: Readonly<Record<Fault, readonly string[]>> = {
  lost: ['submit', 'writeBuffer', 'createBuffer', 'mapAsync', 'popErrorScope', 'createCommandEncoder'],
  hung: ['mapAsync', 'popErrorScope'],
  dropped: ['submit'],
  zeroed: ['getMappedRange'],
  repeated: ['getMappedRange'],
  flipped: ['getMappedRange'],
  overwritten: ['dispatch'],
  refused: ['createBuffer'],
};

/** Puts a {@link FaultyDevice} in front of a device, which stays as it is. */
export function faultyDevice(inner: GPUDevice): FaultyDevice {
  let lose: (info: GPUDeviceLostInfo) => void = () => {};
  const lost = new Promise<GPUDeviceLostInfo>((resolve) => (lose = resolve));
  let isLost = false;
  let plan: { fault: Fault; place: number; seed: number } | undefined;
  let places = 0;
  let happened = false;
  let target: string | undefined;
  let popped = 0; // scopes that were pushed for a refused buffer and not popped yet
  let before: Uint8Array | undefined;
  const writable = new Set<GPUBuffer>();

  /** Counts a place, and tells which fault happens there. */
  const at = (call: string): Fault | undefined => {
    if (plan === undefined || !PLACES[plan.fault].includes(call)) return undefined;
    if (places++ !== plan.place) return undefined;
    happened = true;
    const { fault } = plan;
    if (fault === 'lost') {
      isLost = true;
      lose({ reason: 'unknown', message: 'injected' } as GPUDeviceLostInfo);
    }
    return fault;
  };
  const never = (): Promise<never> => new Promise(() => {});

  const buffer = (real: GPUBuffer): GPUBuffer => {
    const { mapAsync, getMappedRange } = real;
    real.mapAsync = async function (...args) {
      if (at('mapAsync') === 'hung') return never();
      if (isLost) throw new DOMException('injected', 'OperationError');
      return mapAsync.apply(this, args);
    };
    real.getMappedRange = function (...args) {
      const range = getMappedRange.apply(this, args);
      const bytes = new Uint8Array(range);
      const fault = at('getMappedRange');
      const seed = plan?.seed ?? 0;
      if (fault === 'zeroed') return new ArrayBuffer(bytes.length);
      if (fault === 'repeated' && before !== undefined) return before.slice().buffer as ArrayBuffer;
      before = bytes.slice();
      if (fault === 'flipped') {
        const copy = bytes.slice();
        const bit = (seed * 2_654_435_761) % (8 * copy.length);
        copy[bit >> 3]! ^= 1 << (bit & 7);
        return copy.buffer;
      }
      return range;
    };
    return real;
  };

  const garbage = inner.createBuffer({ label: 'garbage', size: 4, usage: 0xc });
  /**
   * Has something else put into a word of what holds data: any buffer that can be written and is not read by the host. What is
   * put there is large or small, so that it may be a number of something.
   */
  const overwrite = (encoder: GPUCommandEncoder, seed: number): void => {
    const buffers = [...writable].filter(({ size }) => size >= 64);
    const one = buffers[(seed * 7) % buffers.length]!;
    target = one.label;
    // what small sums use of a large buffer stands at its beginning
    const words = Math.min(one.size, seed % 3 === 0 ? one.size : 512) / 4;
    const offset = 4 * ((seed * 2_654_435_761) % words);
    inner.queue.writeBuffer(garbage, 0, Uint32Array.of((0x5bd1e995 * seed) >>> (seed % 32)));
    encoder.copyBufferToBuffer(garbage, 0, one, offset, 4);
  };

  /** A pass that ends and goes on as another one where a dispatch finds a buffer overwritten. */
  const computePass = (encoder: GPUCommandEncoder): GPUComputePassEncoder => {
    let pass = encoder.beginComputePass();
    let pipeline: Parameters<GPUComputePassEncoder['setPipeline']> | undefined;
    let group: Parameters<GPUComputePassEncoder['setBindGroup']> | undefined;
    const beforeDispatch = (): void => {
      if (at('dispatch') !== 'overwritten') return;
      pass.end();
      overwrite(encoder, plan!.seed);
      pass = encoder.beginComputePass();
      pass.setPipeline(...pipeline!);
      pass.setBindGroup(...group!);
    };
    return {
      setPipeline: (...args: NonNullable<typeof pipeline>) => pass.setPipeline(...(pipeline = args)),
      setBindGroup: (...args: NonNullable<typeof group>) => pass.setBindGroup(...(group = args)),
      dispatchWorkgroups: (...args: Parameters<GPUComputePassEncoder['dispatchWorkgroups']>) => {
        beforeDispatch();
        pass.dispatchWorkgroups(...args);
      },
      dispatchWorkgroupsIndirect: (
        ...args: Parameters<GPUComputePassEncoder['dispatchWorkgroupsIndirect']>
      ) => {
        beforeDispatch();
        pass.dispatchWorkgroupsIndirect(...args);
      },
      end: () => pass.end(),
    } as GPUComputePassEncoder;
  };

  const queue = wrap(inner.queue, {
    submit: (commands: GPUCommandBuffer[]) => {
      const fault = at('submit');
      if (fault !== 'dropped' && !isLost) inner.queue.submit(commands);
    },
    writeBuffer: (...args: Parameters<GPUQueue['writeBuffer']>) => {
      at('writeBuffer');
      if (!isLost) inner.queue.writeBuffer(...args);
    },
  });
  const device = wrap(inner, {
    lost,
    queue,
    createBuffer: (descriptor: GPUBufferDescriptor) => {
      if (at('createBuffer') === 'refused') popped = 2;
      const made = buffer(inner.createBuffer(descriptor));
      // data: storage that can be copied to (WebGPU, section 5.1.2)
      if ((descriptor.usage & 0x88) === 0x88) writable.add(made);
      const { destroy } = made;
      made.destroy = function () {
        writable.delete(made);
        return destroy.call(this);
      };
      return made;
    },
    createCommandEncoder: (descriptor?: GPUCommandEncoderDescriptor) => {
      at('createCommandEncoder');
      const encoder = inner.createCommandEncoder(descriptor);
      return wrap(encoder, { beginComputePass: () => computePass(encoder) });
    },
    popErrorScope: async () => {
      const answer = inner.popErrorScope();
      const refused = popped > 0 && popped-- === 2;
      if (at('popErrorScope') === 'hung') return never();
      if (isLost) return null;
      return refused ? ({ message: 'injected: out of memory' } as GPUError) : answer;
    },
    destroy: () => lose({ reason: 'destroyed', message: '' } as GPUDeviceLostInfo),
  });
  return {
    device,
    get places() {
      return places;
    },
    get happened() {
      return happened;
    },
    get target() {
      return target;
    },
    inject(fault, place, seed = 0) {
      plan = { fault, place, seed };
      places = 0;
      happened = false;
      target = undefined;
    },
  };
}

/** An object with some members replaced; methods of the original keep their `this`. */
function wrap<T extends object>(inner: T, replaced: Partial<Record<keyof T, unknown>>): T {
  return new Proxy(inner, {
    get(target, key) {
      if (Object.hasOwn(replaced, key)) return replaced[key as keyof T];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

/** WebGPU whose devices are all faulty, in front of one whose kernels are compiled; the last one that was made. */
export function faultyGpu(
  gpu: GPU,
  inner: GPUDevice,
): { gpu: GPU; last: () => FaultyDevice; devices: () => number } {
  const made: FaultyDevice[] = [];
  return {
    gpu: {
      requestAdapter: async (options?: GPURequestAdapterOptions) => {
        const adapter = await gpu.requestAdapter(options);
        return (
          adapter && {
            info: adapter.info,
            limits: adapter.limits,
            requestDevice: async () => {
              const faulty = faultyDevice(inner);
              made.push(faulty);
              return faulty.device;
            },
          }
        );
      },
    } as unknown as GPU,
    last: () => made.at(-1)!,
    devices: () => made.length,
  };
}
