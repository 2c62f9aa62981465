import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';

/** Shaders are text, as tsdown.config.ts has it. */
export const wgsl = {
  name: 'wgsl',
  enforce: 'pre',
  transform: (code: string, id: string): string | undefined =>
    id.endsWith('.wgsl') ? `export default ${JSON.stringify(code)}` : undefined,
} as const;

/**
 * On a software GPU these take the better part of an hour: `npm run test:webgpu` runs them. What remains of the engine here needs
 * no GPU (test/nova/supervisor.test.ts), or little of one.
 */
const onSoftwareGpu =
  process.env.NOVA_TEST_WEBGPU === '1' ? [] : ['test/backend/webgpu/!(device|software-gpu|field).test.ts'];

const config: ViteUserConfig = defineConfig({
  plugins: [wgsl],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...onSoftwareGpu],
    benchmark: { include: ['bench/**/*.bench.ts'] },
    globalSetup: ['test/generators.setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});

export default config;
