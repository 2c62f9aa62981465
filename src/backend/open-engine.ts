/** What the recorders of all engines share. */
import type { NovaError } from '../errors.ts';
import type { PrimeField } from '../field/field.ts';
import type { Vec } from './backend.ts';
import { closedError } from './checks.ts';
import type { Table } from './ledger.ts';
import { operand, operands } from './operands.ts';

/** An engine that knows its vectors by their handles until it is closed. `Data` is what it has for a vector. */
export abstract class OpenEngine<Data> {
  abstract readonly vecs: Table<Vec, Data>;
  abstract readonly queue: { drop(error: NovaError): void };
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  checkOpen(): void {
    if (this.#closed) throw closedError();
  }

  /** What a vector stands for, after checking its field. */
  vector(field: PrimeField, v: Vec): Data {
    this.checkOpen();
    return operand(this.vecs, field, v);
  }

  /** What vectors stand for, after checking that they are of this field and length. */
  vectors(field: PrimeField, length: number, ...vectors: Vec[]): Data[] {
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
}
