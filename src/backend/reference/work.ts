import { Pace } from '../../pace.ts';

/**
 * A computation cut into pieces of a few milliseconds. It yields the share that is done, from 0 to 1, after each piece
 * and returns its result.
 */
export type Work<T = void> = Generator<number, T, void>;

/** Elements, or products, in one piece of {@link Work}: at under a microsecond each, a few milliseconds. */
export const PIECE = 4096;

/** Calls `body` for 0 .. n - 1, in pieces. */
export function* sweep(n: number, body: (i: number) => void, piece: number = PIECE): Work {
  for (let first = 0; first < n; first += piece) {
    const end = Math.min(n, first + piece);
    for (let i = first; i < end; i++) body(i);
    yield end / n;
  }
}

/** The same work as a part of a larger one, whose share `share` derives from the part's. */
export function* portion<T>(work: Work<T>, share: (part: number) => number): Work<T> {
  for (;;) {
    const piece = work.next();
    if (piece.done === true) return piece.value;
    yield share(piece.value);
  }
}

/** The same work, which reports the milliseconds it takes, without the pauses, by calling `add`. */
export function* timed<T>(work: Work<T>, add: (milliseconds: number) => void): Work<T> {
  for (;;) {
    const start = performance.now();
    const piece = work.next();
    add(performance.now() - start);
    if (piece.done === true) return piece.value;
    yield piece.value;
  }
}

/** Runs work to its end, with pauses. Rejects with what `check` or `work` throws. */
export async function run<T>(work: Work<T>, check: () => void, report?: (share: number) => void): Promise<T> {
  const pace = new Pace(check);
  for (;;) {
    const piece = work.next();
    if (piece.done === true) return piece.value;
    const pause = pace.pause();
    if (pause !== undefined) {
      report?.(piece.value);
      await pause;
    }
  }
}
