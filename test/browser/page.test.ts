/** The built package in a real browser: bundled by vite, in pages that may have worker threads and in pages that may not. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectFeatures } from '../../src/backend/engines.ts';
import { launchChromium } from '../support/chromium.ts';
import { allowRelaxedSimd } from '../../src/node/relaxed-simd.ts';
import type { Session } from './session.ts';
import { buildSite, serve } from './site.ts';

declare global {
  /** In the page. */
  var session: Session;
}

/** With these a page is cross-origin isolated: it has shared memory. */
const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Steps that are proved; with the first one, which counts what `new` has done. */
const STEPS = 2;

/** Milliseconds that proving may block a page for. */
const LONGEST_GAP = 200;

/** Milliseconds from a signal to the end; the machine may be busy with other tests. */
const LONGEST_ABORT = 1000;

/** A kind of page. */
interface Case {
  readonly headers: Readonly<Record<string, string>>;
  /** Files that the server does not find. */
  readonly missing?: RegExp | undefined;
  /** Whether the engine has worker threads there. */
  readonly threads: boolean;
}

interface Fixture {
  readonly name: string;
  readonly seed: string;
  readonly z0: readonly string[];
  readonly digest: string;
  readonly state_sha3: readonly string[];
}
const fixtures: readonly Fixture[] = JSON.parse(
  readFileSync(new URL('../fixtures/recursive.json', import.meta.url), 'utf8'),
);
const { seed, z0, digest, state_sha3 } = fixtures.find(({ name }) => name === 'pasta-snark-cubic-3')!;
const [z] = z0.map(BigInt);

const browser = await launchChromium();

describe.skipIf(browser === undefined)('the package in Chromium, bundled by vite', () => {
  let folder: string;
  let site: string;
  const toClose: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nova-webgpu-test-'));
    site = await buildSite(
      folder,
      `import * as library from 'nova-webgpu';
       import { Session } from './session.ts';
       globalThis.session = new Session(library);`,
    );
  });
  afterAll(async () => {
    for (const close of toClose.reverse()) await close();
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A page of the site, and what went wrong in it. */
  async function open({ headers, missing }: Omit<Case, 'threads'>) {
    const served = await serve(site, headers, missing);
    toClose.push(served.close);
    const page = await browser!.newPage();
    toClose.push(() => page.close());
    const errors: string[] = [];
    page.on('pageerror', (error) => void errors.push(String(error)));
    page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())));
    await page.goto(served.url);
    return { page, errors };
  }

  const prove = (page: Page) =>
    page.evaluate(([seed, z, steps]) => session.prove(seed, [z], steps), [seed, z, STEPS] as const);

  describe.each([
    ['an isolated page', { headers: ISOLATED, threads: true }],
    ['a page that is not isolated', { headers: {}, threads: false }],
    ['an isolated page without the worker’s file', { headers: ISOLATED, missing: /worker/, threads: false }],
  ])('%s', (_, { headers, missing, threads }: Case) => {
    let page: Page;
    let errors: string[];
    beforeAll(async () => void ({ page, errors } = await open({ headers, missing })));

    it('has the engine wasm', async () => {
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(headers === ISOLATED);
      expect(await page.evaluate(() => session.open('auto'))).toBe('wasm');
      // this Chromium has relaxed SIMD; whether its multiply-add is fused is up to the machine
      const relaxedSimd = await allowRelaxedSimd();
      const { simd } = await detectFeatures();
      expect(await page.evaluate(() => session.features())).toMatchObject({ wasm: true, simd, relaxedSimd });
    });

    it('makes parameters, after it was told to stop once', async () => {
      const { code, after } = await page.evaluate(() => session.abortSetup());
      expect(code).toBe('Aborted');
      expect(after).toBeLessThan(LONGEST_ABORT);
      expect(await page.evaluate(() => session.setup())).toBe(BigInt(digest));
    });

    it('proves what nova-snark proves, after it was told to stop once', async () => {
      const { states, outputs, aborted } = await prove(page);
      expect(aborted.code).toBe('Aborted');
      expect(aborted.after).toBeLessThan(LONGEST_ABORT);
      expect(states).toEqual(state_sha3.slice(0, STEPS + 1));
      expect(outputs).toEqual([3395n]); // 15^3 + 15 + 5, after 2^3 + 2 + 5
      const count = threads ? await page.evaluate(() => Math.min(8, navigator.hardwareConcurrency)) : 0;
      expect(page.workers()).toHaveLength(count);
    });

    // what blocks does so every time; a machine that is busy with other tests does not
    it('lets the page do other things meanwhile', { retry: 2 }, async () => {
      const { gaps } = await prove(page);
      expect(Math.max(...Object.values(gaps)), JSON.stringify(gaps)).toBeLessThan(LONGEST_GAP);
    });

    it('ends its workers when it is closed, whatever they do', async () => {
      expect(await page.evaluate(() => session.closeDuringSetup())).toBe('BackendClosed');
      await expect.poll(() => page.workers()).toEqual([]);
    });

    it('has had no errors but for a missing file', () => {
      expect(errors.filter((error) => missing === undefined || !error.includes('404'))).toEqual([]);
    });
  });

  it('is content with the reference engine where a policy forbids WebAssembly', async () => {
    const { page } = await open({ headers: { 'Content-Security-Policy': "script-src 'self'" } });
    expect(await page.evaluate(() => session.open('wasm'))).toBe('BackendUnavailable');
    expect(await page.evaluate(() => session.open('auto'))).toBe('reference');
  });
});
