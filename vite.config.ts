import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    benchmark: { include: ['bench/**/*.bench.ts'] },
    globalSetup: ['test/generators.setup.ts'],
    // Two cores: one proof test per worker; BigInt proofs take tens of seconds each.
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});

export default config;
