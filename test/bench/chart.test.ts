import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
// @ts-expect-error: the benches are plain JavaScript
import { chart, recordedChart } from '../../bench/chart.mjs';

const machine = { cpus: 2 };
const result = (rows: object[]) => ({ peer: 'nova-snark', backend: 'wasm', threads: 2, machine, rows });
const row = { work: 'square:0', what: 'verify', unit: 'ms' };

it('the picture beside nova-snark shows what bench/results holds: `npm run bench:chart`', async () => {
  const picture = new URL('../../docs/beside-nova-snark.svg', import.meta.url);
  expect(await readFile(picture, 'utf8')).toBe(await recordedChart());
});

it('the picture has a bar as long as the ratio, tells both times, and colours what is slower', () => {
  const fast = { ...row, ours: 50, theirs: 100, ratio: 0.5 };
  const slow = { ...row, what: 'prove', ours: 1500, theirs: 1000, ratio: 1.5 };
  const picture: string = chart(result([fast]), result([slow]));
  expect(picture).toMatch(/class="faster"[^>]* width="90.0"/);
  expect(picture).toMatch(/class="slower"[^>]* width="270.0"/);
  expect(picture).toContain('0.50  (50 ms to 100 ms)');
  expect(picture).toContain('1.50  (1.5 s to 1.0 s)');
});

it('the picture leaves out what is not measured against nova-snark', () => {
  const against = { ...row, what: 'load (against set-up)', ours: 1, theirs: 2, ratio: 0.5 };
  expect(chart(result([against]), result([]))).not.toContain('<rect');
});
