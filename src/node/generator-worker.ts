/**
 * A worker thread that makes generators: a {@link SeedTask} per message, answered by a {@link SeedReply}.
 * It is an entry of the build of its own; `generators.ts` starts and ends it.
 */
import { parentPort } from 'node:worker_threads';
import { curveByName } from '../curve/curves.ts';
import { generatorsFromSeeds } from '../curve/generators.ts';

/** Some seeds of a list. */
export interface SeedTask {
  readonly curve: string;
  /** Number of the first one in the list; comes back with the points. */
  readonly start: number;
  readonly seeds: Uint8Array;
}

export interface SeedReply {
  readonly start: number;
  readonly points: Uint8Array;
}

parentPort?.on('message', ({ curve, start, seeds }: SeedTask) => {
  const points = generatorsFromSeeds(curveByName(curve), seeds);
  parentPort?.postMessage({ start, points } satisfies SeedReply, [points.buffer as ArrayBuffer]);
});
