import { expect, it } from 'vitest';
import { withAside } from '../src/aside.ts';
import { nextTurn } from '../src/pace.ts';

/** A promise and what settles it. */
function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

/** Whether a promise is settled once events have had some turns. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = () => (settled = true);
  promise.then(settle, settle);
  for (let i = 0; i < 3; i++) await nextTurn();
  return settled;
}

it('what is done aside begins after the work, and both have ended when it is over', async () => {
  const [work, aside] = [deferred<number>(), deferred<void>()];
  let begun = false;
  const both = withAside(work.promise, () => ((begun = true), aside.promise));
  expect(begun).toBe(false);
  await nextTurn();
  expect(begun).toBe(true);
  work.resolve(7);
  expect(await isSettled(both)).toBe(false);
  aside.resolve();
  expect(await both).toBe(7);
});

it.each(['fails', 'throws at once'])('is not reported when it %s', async (how) => {
  const aside = (): Promise<void> => {
    if (how === 'throws at once') throw new Error('aside');
    return Promise.reject(new Error('aside'));
  };
  const work = deferred<number>();
  const both = withAside(work.promise, aside);
  expect(await isSettled(both)).toBe(false);
  work.resolve(7);
  expect(await both).toBe(7);
});

it('is told to stop when the work fails, which is reported once it has', async () => {
  const [work, aside] = [deferred<number>(), deferred<void>()];
  let signal: AbortSignal | undefined;
  const both = withAside(work.promise, (s) => ((signal = s), aside.promise));
  await nextTurn();
  expect(signal?.aborted).toBe(false);
  const error = new Error('work');
  work.reject(error);
  const caught = both.catch((e: unknown) => e);
  expect(await isSettled(caught)).toBe(false);
  expect(signal?.aborted).toBe(true);
  aside.resolve();
  expect(await caught).toBe(error);
});

it('is told to stop when the caller gives up, and does not begin after that', async () => {
  const outer = new AbortController();
  const [work, aside] = [deferred<number>(), deferred<void>()];
  const signals: AbortSignal[] = [];
  const start = (s: AbortSignal) => (signals.push(s), aside.promise);
  const both = withAside(work.promise, start, outer.signal);
  await nextTurn();
  outer.abort('enough');
  expect(signals.map(({ aborted, reason }) => [aborted, reason])).toEqual([[true, 'enough']]);
  aside.resolve();
  work.resolve(7);
  expect(await both).toBe(7);
  await withAside(Promise.resolve(8), start, outer.signal);
  await withAside(Promise.reject(new Error('work')), start).catch(() => {});
  expect(signals).toHaveLength(1);
});
