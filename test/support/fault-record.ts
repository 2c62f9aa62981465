// @ts-expect-error: the benches are plain JavaScript
import { machine, readResults, version, writeResults } from '../../bench/results.mjs';
import type { Fault } from './faulty-device.ts';

/** Whether what faults came to is written to bench/results/faults.json: `npm run bench:faults`. */
const RECORDED: boolean = process.env.NOVA_RECORD === '1';

const FILE = 'faults';

/** What the faults of one kind came to. */
interface Kind {
  injections: number;
  /** How often each end was reached: `right`, an error's code, and for what a check has to find what it found. */
  readonly ends: Record<string, number>;
  /** Results, or proofs, that were wrong and believed. */
  wrong: number;
  /** Steps that were not done because of a fault and had to be done again. */
  stepsLost: number;
  /** What was hit, where faults have a target: how often, by the label of the buffer. */
  targets?: Record<string, number>;
}

/** How an attempt ended: right, with an error's code, or with something wrong that nothing has noticed. */
export interface End {
  readonly how: string;
  readonly stepsLost: number;
  readonly target?: string | undefined;
}

/** What injected faults came to, kind by kind: one part of bench/results/faults.json. */
export class FaultRecord {
  readonly #part: string;
  readonly #facts: object;
  readonly #kinds = new Map<Fault, Kind>();
  readonly #start: number = performance.now();

  /**
   * @param part names it in the file
   * @param facts what is said of it there
   */
  constructor(part: string, facts: object) {
    this.#part = part;
    this.#facts = facts;
  }

  add(fault: Fault, { how, stepsLost, target }: End): void {
    const kind = this.#kinds.get(fault) ?? { injections: 0, ends: {}, wrong: 0, stepsLost: 0 };
    this.#kinds.set(fault, kind);
    kind.injections++;
    kind.ends[how] = (kind.ends[how] ?? 0) + 1;
    kind.wrong += Number(how === WRONG);
    kind.stepsLost += stepsLost;
    if (target !== undefined) (kind.targets ??= {})[target] = (kind.targets[target] ?? 0) + 1;
  }

  get injections(): number {
    return this.#sum((kind) => kind.injections);
  }

  get wrong(): number {
    return this.#sum((kind) => kind.wrong);
  }

  /** Writes the part into the file, whose other parts stay. @param engine facts of the engine */
  async write(engine: object): Promise<void> {
    if (!RECORDED) return;
    const known = ((await readResults(FILE)) as { parts?: object } | undefined)?.parts;
    await writeResults(FILE, {
      version: await version(),
      date: new Date().toISOString(),
      backend: 'webgpu',
      ...engine,
      machine: machine(),
      parts: {
        ...known,
        [this.#part]: {
          ...this.#facts,
          injections: this.injections,
          wrong: this.wrong,
          minutes: Math.round((performance.now() - this.#start) / 6000) / 10,
          kinds: Object.fromEntries(
            [...this.#kinds].map(([fault, { injections, ends, wrong, stepsLost, targets }]) => [
              fault,
              { injections, ends, wrong, steps_lost: stepsLost, ...(targets && { targets }) },
            ]),
          ),
        },
      },
    });
  }

  #sum(of: (kind: Kind) => number): number {
    return [...this.#kinds.values()].reduce((sum, kind) => sum + of(kind), 0);
  }
}

/** The end of an attempt whose result is wrong, though nothing has noticed. */
export const WRONG = 'wrong';
