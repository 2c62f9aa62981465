import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';

/** Shaders are text, as tsdown.config.ts has it. */
export const wgsl = {
  name: 'wgsl',
  enforce: 'pre',
  transform: (code: string, id: string): string | undefined =>
    id.endsWith('.wgsl') ? `export default ${JSON.stringify(code)}` : undefined,
} as const;

const globalSetup = ['test/generators.setup.ts'];

const WEBGPU = 'test/backend/webgpu/**/*.test.ts';

/** What leaves nothing behind in its process. */
const CPU = ['field', 'curve', 'hash', 'wire', 'circuit', 'r1cs', 'pcs', 'spartan', 'nova', 'node', 'cli']
  .map((folder) => `test/${folder}/**/*.test.ts`)
  .concat('test/backend/*.test.ts');

/**
 * Two processes do all, one group after the other. `alone` are files that change their process: mocks, flags, workers that end.
 * Those of the other groups follow each other in the same two processes, so that the library is loaded and warmed up once, and on
 * the software GPU kernels, which take seconds to compile, once for the device of a process (`sharedContext` in
 * test/support/software-gpu.ts): that GPU computes on one core most of the time.
 */
const config: ViteUserConfig = defineConfig({
  plugins: [wgsl],
  test: {
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 300_000,
    setupFiles: ['test/equality.setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'alone',
          globalSetup,
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...CPU, WEBGPU],
          benchmark: { include: ['bench/**/*.bench.ts'] },
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'cpu',
          globalSetup,
          include: CPU,
          benchmark: { include: [] },
          isolate: false,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'webgpu',
          globalSetup,
          include: [WEBGPU],
          benchmark: { include: [] },
          isolate: false,
          maxWorkers: 2,
        },
      },
    ],
  },
});

export default config;
