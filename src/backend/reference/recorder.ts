import { throwIfAborted } from '../../errors.ts';
import type { PrimeField } from '../../field/field.ts';
import type { Control, Pending, Vec } from '../backend.ts';
import { closedError } from '../checks.ts';
import { type Kind, KINDS, Ledger, Table } from '../ledger.ts';
import { operand, operands, touched } from '../operands.ts';
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
export class Recorder {
  readonly ledger: Ledger = new Ledger(KINDS);
  readonly queue: Queue = new Queue();
  readonly vecs: Table<Vec, VecData> = new Table('a vector', this.ledger);
  /** Resolves when the work before is over: there is one thread, so there is nothing to gain from doing it side by side. */
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

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

  checkOpen(): void {
    if (this.#closed) throw closedError();
  }

  /** What a vector stands for, after checking its field. */
  vector(field: PrimeField, v: Vec): VecData {
    this.checkOpen();
    return operand(this.vecs, field, v);
  }

  /** What vectors stand for, after checking that they are of this field and length. */
  vectors(field: PrimeField, length: number, ...vectors: Vec[]): VecData[] {
    this.checkOpen();
    return operands(this.vecs, field, length, vectors);
  }

  /** Refuses all later calls. @returns whether this is the first time */
  close(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.queue.drop(closedError());
    return true;
  }

  #timed<T>(kind: Kind, work: Work<T>): Work<T> {
    return timed(work, (ms) => this.ledger.addTime(kind, ms));
  }
}
