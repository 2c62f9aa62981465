/**
 * The verifiers without one of their checks (A18 of README.md): at least one of the attempts of hostile.ts must be answered otherwise,
 * and an attack with a name must succeed without the checks that stand against it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allChecks, nameOf, type Check } from './checks.ts';
import type { Attempt, Attempts } from './hostile.ts';
import { weakened, type Switches } from './weakened.ts';

const checks = allChecks();

let bundle: Awaited<ReturnType<typeof weakened>>;
let switches: Switches;
let attempts: Attempts;
/** The attempts at which each check has refused something. */
const refused = new Map<number, Attempt[]>();
const wrong: string[] = [];
beforeAll(async () => {
  bundle = await weakened();
  ({ switches } = bundle);
  attempts = await bundle.hostileAttempts();
  for (const attempt of attempts.list) {
    switches.fired.clear();
    const answer = await bundle.answerTo(attempt);
    if (answer !== attempt.code) wrong.push(`${attempt.name}: ${answer}, not ${attempt.code}`);
    for (const id of switches.fired) refused.set(id, [...(refused.get(id) ?? []), attempt]);
  }
});
afterAll(() => attempts?.close());

/** The answer without these checks. */
async function answerWithout(off: readonly Check[], attempt: Attempt): Promise<string> {
  for (const { id } of off) switches.off.add(id);
  try {
    return await bundle.answerTo(attempt);
  } finally {
    switches.off.clear();
  }
}

it('every attempt is answered with its error', () => {
  expect(wrong).toEqual([]);
  console.log(`${attempts.list.length} attempts, ${checks.length} checks`);
});

it('the checks are those in the list', async () => {
  expect(checks.length).toBeGreaterThan(100);
  await expect(`${checks.map(nameOf).join('\n')}\n`).toMatchFileSnapshot('checks.txt');
});

describe('without', () => {
  it('any one of the checks, an attempt is answered otherwise', async () => {
    const lines: string[] = [];
    for (const check of checks) {
      const found = refused.get(check.id) ?? [];
      let killed = '';
      for (const attempt of found) {
        const answer = await answerWithout([check], attempt);
        if (answer !== attempt.code) {
          killed = `${answer} <- ${attempt.name}`;
          break;
        }
      }
      lines.push(
        `${killed ? 'killed' : found.length ? 'SURVIVED' : 'NEVER'} ${nameOf(check)}: ${killed} (${found.length})`,
      );
    }
    console.log(lines.join('\n'));
  });

  it('those against it, an attack succeeds', async () => {
    const failed: string[] = [];
    for (const attempt of attempts.list) {
      if (!attempt.against) continue;
      const off = checks.filter((c) => attempt.against!.some((text) => c.text.startsWith(text)));
      const answer = await answerWithout(off, attempt);
      if (answer !== 'accepted') failed.push(`${attempt.name}: ${answer}`);
    }
    expect(failed).toEqual([]);
  });
});
