import { throwIfAborted } from '../../errors.ts';
import type { Control, Pending, Vec } from '../backend.ts';
import { type Kind, KINDS, Ledger, Table } from '../ledger.ts';
import { OpenEngine } from '../open-engine.ts';
import { touched } from '../operands.ts';
import { Queue, type Resident } from '../queue.ts';
import { run, timed, type Work } from './work.ts';

/** A vector's elements, and its place in the order of operations. A view has the elements of its vector. */
export interface VecData {
  readonly elements: bigint[];
  /** Of the elements, the first so many are the vector's. */
  readonly length: number;
  readonly resident: Resident;
  readonly partial?: boolean;
}

/** How the operations of an engine come by their vectors and into the queue. */
export class Recorder extends OpenEngine<VecData> {
  readonly ledger: Ledger = new Ledger(KINDS);
  readonly queue: Queue = new Queue();
  readonly vecs: Table<Vec, VecData> = new Table('a vector', this.ledger);
  /** Resolves when the work before is over: there is one thread, so there is nothing to gain from doing it side by side. */
  #turn: Promise<void> = Promise.resolve();

  /** Records work, which begins when the caller has returned. */
  record<T>(
    kind: Kind,
    work: Work<T>,
    reads: readonly VecData[],
    writes: readonly VecData[],
    bytes = 0,
  ): Pending<T> {
    this.checkOpen();
    return this.queue.record({
      ...touched(reads, writes),
      bytes,
      run: (stop, report) => {
        const check = () => {
          if (stop.fired) throw stop.error;
        };
        const done = this.#turn.then(() => run(this.#timed(kind, work), check, report));
        this.#turn = done.then(
          () => {},
          () => {},
        );
        return done;
      },
    });
  }

  /** Does work at once. */
  async run<T>(kind: Kind, work: Work<T>, control?: Control): Promise<T> {
    const check = () => {
      throwIfAborted(control?.signal);
      this.checkOpen();
    };
    return run(this.#timed(kind, work), check, control?.onProgress);
  }

  #timed<T>(kind: Kind, work: Work<T>): Work<T> {
    return timed(work, (ms) => this.ledger.addTime(kind, ms));
  }
}
