import { nextTurn } from './pace.ts';

/**
 * Waits for work that is under way, and meanwhile does something that nobody depends on: it begins when events have had a turn, is
 * told to stop when the work fails or the caller gives up, and has come to its end when this returns. That it fails is not
 * reported: whoever would have used its result has to manage without.
 *
 * @param outer stops it, too
 * @throws what the work throws
 */
export async function withAside<T>(
  work: Promise<T>,
  aside: (signal: AbortSignal) => Promise<unknown>,
  outer?: AbortSignal,
): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => controller.abort(outer?.reason);
  if (outer?.aborted === true) stop();
  outer?.addEventListener('abort', stop, { once: true });
  const ended = nextTurn()
    .then(() => (controller.signal.aborted ? undefined : aside(controller.signal)))
    .catch(() => {});
  try {
    return await work;
  } catch (error) {
    stop();
    throw error;
  } finally {
    await ended;
    outer?.removeEventListener('abort', stop);
  }
}
