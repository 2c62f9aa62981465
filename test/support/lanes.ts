import { FIELD_BYTES, readInt, viewOf, writeInt } from '../../src/field/field.ts';

/** Invocations of a workgroup. */
const WORKGROUP = 64;

/** What {@link LaneRun} runs: `code` defines `fn lane(i: u32) -> Fe`, which may read `inputs`, an `array<Fe>`. */
export interface LaneKernel {
  readonly label: string;
  readonly code: string;
}

/** A compiled kernel with one lane per element of its result. */
export class LaneRun {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;

  private constructor(device: GPUDevice, pipeline: GPUComputePipeline) {
    this.#device = device;
    this.#pipeline = pipeline;
  }

  static async compile(device: GPUDevice, { label, code }: LaneKernel): Promise<LaneRun> {
    const module = device.createShaderModule({
      label,
      code: `${code}
        @group(0) @binding(0) var<storage, read> inputs: array<Fe>;
        @group(0) @binding(1) var<storage, read_write> results: array<Fe>;
        @compute @workgroup_size(${WORKGROUP}) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
          if (id.x < arrayLength(&results)) { results[id.x] = lane(id.x); }
        }`,
    });
    const pipeline = await device.createComputePipelineAsync({
      label,
      layout: 'auto',
      compute: { module, entryPoint: 'main' },
    });
    return new LaneRun(device, pipeline);
  }

  /** The results of `lanes` lanes, an `array<Fe>`. */
  async run(inputs: Uint8Array, lanes: number): Promise<Uint8Array> {
    const device = this.#device;
    const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    const size = FIELD_BYTES * lanes;
    const input = device.createBuffer({ label: 'inputs', size: inputs.length, usage: STORAGE | COPY_DST });
    const output = device.createBuffer({ label: 'results', size, usage: STORAGE | COPY_SRC });
    const back = device.createBuffer({ label: 'read-back', size, usage: MAP_READ | COPY_DST });
    device.queue.writeBuffer(input, 0, inputs as Uint8Array<ArrayBuffer>);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.#pipeline);
    const entries = [input, output].map((buffer, binding) => ({ binding, resource: { buffer } }));
    pass.setBindGroup(0, device.createBindGroup({ layout: this.#pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(Math.ceil(lanes / WORKGROUP));
    pass.end();
    encoder.copyBufferToBuffer(output, 0, back, 0, size);
    device.queue.submit([encoder.finish()]);
    await back.mapAsync(GPUMapMode.READ);
    const results = new Uint8Array(back.getMappedRange().slice(0));
    for (const buffer of [input, output, back]) buffer.destroy();
    return results;
  }
}

/** 256-bit integers as an `array<Fe>`. */
export function elementBytes(xs: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(FIELD_BYTES * xs.length);
  const view = viewOf(bytes);
  xs.forEach((x, i) => writeInt(view, FIELD_BYTES * i, FIELD_BYTES, x));
  return bytes;
}

/** The integers of an `array<Fe>`. */
export function elementsOf(bytes: Uint8Array): bigint[] {
  const view = viewOf(bytes);
  return Array.from({ length: bytes.length / FIELD_BYTES }, (_, i) =>
    readInt(view, FIELD_BYTES * i, FIELD_BYTES),
  );
}
