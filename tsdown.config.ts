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
  // What verifiers load at once lies in two files, which compress better than twenty: what workers need too, which imports nothing
  // when it runs, since a worker as bundlers build it cannot; and the rest.
  outputOptions: {
    codeSplitting: {
      groups: [
        {
          name: 'shared',
          test: /\/wasm\/(claims|host|tasks)\.ts$|\/(node-module|generator-seeds)\.ts$/,
          priority: 1,
        },
        { name: 'verifier', test: /\/src\/verify\.ts$/ },
      ],
    },
  },
  dts: true,
  sourcemap: true,
});

export default config;
