/**
 * The verifiers without one of their checks (A18 of README.md): at least one of the attempts of hostile.ts must be answered otherwise,
 * and an attack with a name must succeed without the checks that stand against it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allChecks, nameOf, type Check } from './checks.ts';
import { EQUIVALENT } from './equivalent.ts';
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

/** What the first attempt is answered that is answered otherwise without this check. */
async function firstOtherAnswer(check: Check): Promise<string | undefined> {
  for (const attempt of refused.get(check.id) ?? []) {
    const answer = await answerWithout([check], attempt);
    if (answer !== attempt.code) return answer;
  }
  return undefined;
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
    const count = { accepted: 0, 'refused with another code': 0, 'answered with something untyped': 0 };
    const survivors: string[] = [];
    for (const check of checks) {
      const answer = await firstOtherAnswer(check);
      if (answer === undefined) survivors.push(nameOf(check));
      else if (answer === 'accepted') count.accepted++;
      else
        count[
          answer.startsWith('untyped') ? 'answered with something untyped' : 'refused with another code'
        ]++;
    }
    console.log(`${checks.length} checks: without one of them an attempt is`, count);
    expect(survivors).toEqual(Object.keys(EQUIVALENT));
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
