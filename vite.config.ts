import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';

/** Shaders are text, as tsdown.config.ts has it. */
const wgsl = {
  name: 'wgsl',
  enforce: 'pre',
  transform: (code: string, id: string) =>
    id.endsWith('.wgsl') ? `export default ${JSON.stringify(code)}` : undefined,
} as const;

/** Without a GPU these take many minutes: `npm run test:webgpu` runs them. */
const onSoftwareGpu = process.env.NOVA_TEST_WEBGPU === '1' ? [] : ['test/backend/webgpu/**'];

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
