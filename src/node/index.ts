/**
 * The library as Node uses it: everything of the main entry, and what needs Node's modules (`./node` of the package).
 *
 * @module
 */
export * from '../index.ts';
export { CACHE_VARIABLE, defaultCacheDir } from './cache-dir.ts';
export { nodeGenerators, type NodeGeneratorOptions } from './generators.ts';
export { cachedParams, type CachedParamsOptions } from './params-cache.ts';
export { ptauDirectory } from './ptau-directory.ts';
export { nodeGpu, type NodeGpuOptions } from './webgpu.ts';
export { nodeModules, type NodeModuleOptions } from './module-cache.ts';
export { allowRelaxedSimd } from './relaxed-simd.ts';
