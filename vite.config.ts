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

/**
 * Two groups, one after the other. The tests on the software GPU are done by one process: its kernels take seconds to compile, for
 * a device of that process alone (`sharedContext` in test/support/software-gpu.ts), and it computes on all cores anyway.
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
          name: 'cpu',
          globalSetup,
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, WEBGPU],
          benchmark: { include: ['bench/**/*.bench.ts'] },
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
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
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

export default config;
