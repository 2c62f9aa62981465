/** Bits of `GPUBufferUsage`, which is no global outside of browsers (WebGPU, section 5.1.2). */
export const BufferUsage = {
  MapRead: 0x01,
  CopySrc: 0x04,
  CopyDst: 0x08,
  Uniform: 0x40,
  Storage: 0x80,
  Indirect: 0x100,
} as const;

/** `GPUShaderStage.COMPUTE`. */
export const COMPUTE_STAGE = 0x4;

/** `GPUMapMode.READ`. */
export const MAP_READ = 0x1;

/** What data that kernels work on is made with: it can be bound, copied and cleared. */
export const STORAGE: number = BufferUsage.Storage | BufferUsage.CopySrc | BufferUsage.CopyDst;
