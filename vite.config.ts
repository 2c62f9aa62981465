import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Shaders are text, as tsdown.config.ts has it. */
export const wgsl = {
  name: 'wgsl',
  enforce: 'pre',
  transform: (code: string, id: string): string | undefined =>
    id.endsWith('.wgsl') ? `export default ${JSON.stringify(code)}` : undefined,
} as const;

const config: ViteUserConfig = defineConfig({
  plugins: [wgsl],
  test: {
    include: ['test/**/*.test.ts'],
    benchmark: { include: ['bench/**/*.bench.ts'] },
    globalSetup: ['test/generators.setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});

export default config;
