import { defineConfig, type UserConfig } from 'tsdown';

const config: UserConfig = defineConfig({
  entry: {
    index: 'src/index.ts',
    verify: 'src/verify.ts',
    node: 'src/node/index.ts',
    cli: 'src/cli/main.ts',
    'generator-worker': 'src/node/generator-worker.ts',
    'wasm-worker': 'src/backend/wasm/worker.ts',
  },
  format: 'esm',
  platform: 'neutral',
  deps: { neverBundle: [/^node:/, 'webgpu'] },
  target: 'es2022',
  loader: { '.wgsl': 'text' },
  dts: true,
  sourcemap: true,
});

export default config;
