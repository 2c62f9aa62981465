/** The demo page as its visitors have it: built by vite, in a real browser, by its buttons. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import config from '../../demo/vite.config.ts';
import { launchChromium } from '../support/chromium.ts';
import { serve, type Served } from './site.ts';

const browser = await launchChromium();

describe.skipIf(browser === undefined)('the demo page', () => {
  let folder: string;
  let site: Served;
  let page: Page;
  const errors: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nova-webgpu-demo-'));
    await build({
      ...config,
      configFile: false,
      logLevel: 'warn',
      build: { ...config.build, outDir: folder, emptyOutDir: false },
    });
    site = await serve(folder, config.preview?.headers as Record<string, string>);
    page = await browser!.newPage();
    page.on('pageerror', (error) => void errors.push(String(error)));
    await page.goto(site.url);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const doing = () => page.textContent('#doing');

  it('says what is wrong with what was asked for', async () => {
    await page.fill('[name=circuit]', 'nothing:1');
    await page.click('[name=start]');
    await expect.poll(doing).toContain('UnknownCircuit');
  });

  it('stops when told to, and can start again', async () => {
    await page.fill('[name=circuit]', 'cubic');
    await page.fill('[name=steps]', '1000');
    await page.click('[name=start]');
    await expect.poll(doing).not.toContain('UnknownCircuit');
    await page.click('[name=stop]');
    await expect.poll(doing, { timeout: 5000 }).toContain('Aborted');
    await expect.poll(() => page.isEnabled('[name=start]')).toBe(true);
  });

  it('proves the chain, compresses the proof, and offers it as a file', { timeout: 120_000 }, async () => {
    await page.fill('[name=steps]', '2');
    await page.click('[name=start]');
    await expect.poll(doing, { timeout: 100_000 }).toBe('accepted: 2 steps of cubic on pasta, engine wasm');
    // 15^3 + 15 + 5, after 2^3 + 2 + 5
    expect(await page.textContent('output')).toMatch(/z\[0\] = 3395[^]*hides it; verified in \d+ ms/);
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('a[download]')]);
    expect(file.suggestedFilename()).toBe('compressed.bin');
    const bytes = await readFile(await file.path());
    expect(bytes.length).toBeGreaterThan(8000);
    expect(bytes.length).toBeLessThan(16_000);
  });

  it('has had no errors', () => expect(errors).toEqual([]));
});
