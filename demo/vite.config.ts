import { fileURLToPath } from 'node:url';
import { defineConfig, type UserConfig } from 'vite';

/** With these the page may share memory with worker threads; without them it works too, more slowly. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  resolve: { alias: { 'nova-webgpu': fileURLToPath(new URL('../dist/index.js', import.meta.url)) } },
  server: { headers, fs: { allow: ['..'] } },
  preview: { headers },
  build: { target: 'es2022' },
});

export default config;
