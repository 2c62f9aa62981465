import { expect, test } from 'vitest';
import { formatBytes, formatMs, Progress, type ProgressStream } from '../../src/cli/progress.ts';

/** A stream that remembers, and a clock that the test sets. */
function recorder(facts: Partial<ProgressStream>): {
  progress: Progress;
  lines: string[];
  clock: { now: number };
} {
  const lines: string[] = [];
  const clock = { now: 0 };
  const stream: ProgressStream = { ...facts, write: (text) => lines.push(text) };
  return { progress: new Progress(stream, () => clock.now), lines, clock };
}

test('on a terminal one line is rewritten, never wider than the terminal', () => {
  const { progress, lines, clock } = recorder({ isTTY: true, columns: 20 });
  progress.begin('step 1 of 10');
  clock.now = 1000;
  progress.onProgress({ phase: 'primary witness', share: 0.257 });
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line.startsWith('\r\x1b[K')).toBe(true);
    expect(line).not.toContain('\n');
    expect(line.slice('\r\x1b[K'.length).length).toBeLessThan(20);
  }
  progress.end();
  expect(lines.at(-1)).toBe('\r\x1b[K');
});

test('the line says what is being done, how far it is, and the memory', () => {
  const { progress, lines, clock } = recorder({ isTTY: true, columns: 200 });
  progress.begin('step 1 of 10');
  clock.now = 1000;
  progress.onProgress({ phase: 'primary witness', share: 0.257 });
  expect(lines[1]).toMatch(/step 1 of 10: primary witness 25 %, \d+ MiB$/);
});

test('a terminal is not flooded', () => {
  const { progress, lines } = recorder({ isTTY: true });
  progress.begin('parameters');
  for (let i = 0; i < 1000; i++) progress.onProgress({ phase: 'generators', share: i / 1000 });
  expect(lines).toHaveLength(1);
});

test('elsewhere there is a plain line at once and then one every five seconds', () => {
  const { progress, lines, clock } = recorder({});
  progress.begin('parameters');
  for (clock.now = 0; clock.now < 20_000; clock.now += 100)
    progress.onProgress({ phase: 'generators', share: 0.5 });
  progress.begin('step 1 of 2');
  expect(lines).toHaveLength(5);
  for (const line of lines) {
    expect(line.endsWith('\n')).toBe(true);
    // oxlint-disable-next-line no-control-regex
    expect(line).not.toMatch(/[\r\x1b]/);
  }
});

test('a note clears the line first and stays', () => {
  const { progress, lines } = recorder({ isTTY: true });
  progress.begin('step 1 of 2');
  progress.note('a warning');
  expect(lines.slice(1)).toEqual(['\r\x1b[K', 'a warning\n']);
});

test('times and sizes are readable', () => {
  expect([849.6, 12_345, 4_500_000].map(formatMs)).toEqual(['850 ms', '12.3 s', '75 min']);
  expect(formatBytes(3 * 2 ** 20)).toBe('3 MiB');
});
