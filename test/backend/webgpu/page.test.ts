/** The shared suite in a real browser: other bindings of WebGPU than Dawn's for Node, the same kernels. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wgsl } from '../../../vite.config.ts';
import { launchChromium } from '../../support/chromium.ts';
import { EVERYTHING, GPU_FIELDS, SUITE_SCALE } from '../../support/extent.ts';
import type { runSuite as RunSuite } from '../../browser/webgpu-page.ts';
import { serve } from '../../browser/site.ts';

declare global {
  /** In the page. */
  var runSuite: typeof RunSuite;
}

const TESTS = join(import.meta.dirname, '../..');

/** The suite's engines have no worker threads, whose file only the built package has. */
const withoutWorkers = {
  name: 'without workers',
  enforce: 'pre',
  transform: (code: string, id: string) =>
    id.endsWith('wasm/threads.ts')
      ? code.replaceAll("'./wasm-worker.js', import.meta.url", "'about:blank'")
      : undefined,
} as const;

const browser = await launchChromium();

describe.skipIf(browser === undefined)('the engine webgpu in Chromium', () => {
  let folder: string;
  let site: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nova-webgpu-suite-'));
    await writeFile(
      join(folder, 'index.html'),
      '<!doctype html><script type="module" src="/main.ts"></script>',
    );
    await writeFile(
      join(folder, 'main.ts'),
      `import { runSuite } from ${JSON.stringify(join(TESTS, 'browser/webgpu-page.ts'))};
       globalThis.runSuite = runSuite;`,
    );
    await build({
      root: folder,
      configFile: false,
      logLevel: 'warn',
      plugins: [wgsl, withoutWorkers],
      resolve: { alias: { vitest: join(TESTS, 'browser/vitest-in-page.ts') } },
      build: { target: 'es2022', chunkSizeWarningLimit: 10_000 },
    });
    site = await serve(join(folder, 'dist'), {});
  });
  afterAll(async () => {
    await site?.close();
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('passes the suite of all engines', { timeout: 600_000 }, async () => {
    const page = await browser!.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => void errors.push(String(error.stack)));
    await page.goto(site.url);
    await page.waitForFunction(() => 'runSuite' in globalThis).catch(() => expect(errors).toEqual([]));
    // compiled once more, in another process
    const fields = EVERYTHING ? GPU_FIELDS : GPU_FIELDS.slice(0, 1);
    const { adapter, passed, failed } = await page.evaluate(([scale, names]) => runSuite(scale, names), [
      SUITE_SCALE,
      fields.map(({ name }) => name),
    ] as const);
    expect(failed).toEqual([]);
    expect(errors).toEqual([]);
    expect(passed).toBeGreaterThan(100);
    expect(adapter.toLowerCase()).toContain('swiftshader');
  });
});
