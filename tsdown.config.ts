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
  // What every entry, every worker and every part that is loaded later needs lies in one file, which compresses better than ten.
  // Nothing in it loads such a part: bundlers could not leave out what is not used, nor build a worker.
  outputOptions: {
    codeSplitting: {
      groups: [
        {
          name: 'shared',
          test: /\/(wasm\/(claims|host|tasks)|node-module|generator-seeds|limbs|spartan\/(statement|padding|batch-evaluation)|pcs\/workspace)\.ts$/,
        },
      ],
    },
  },
  dts: true,
  sourcemap: true,
});

export default config;
