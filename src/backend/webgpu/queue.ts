import { throwIfAborted } from '../../errors.ts';
import type { Control, Pending } from '../backend.ts';
import { type Outcome, Pendings } from '../pendings.ts';
import type { CommandBatch } from './batch.ts';
import type { GpuContext } from './device.ts';

/** Something that operations read and write: a vector. */
export class Resident {
  /** Why its contents are unspecified, if they are: until it is written anew. */
  spoilt: Failure | undefined;
}

/** What must be there before operations can be recorded on the device: kernels that are compiled and tried. */
export class Readiness {
  readonly promise: Promise<void>;
  outcome: Outcome | undefined;

  constructor(promise: Promise<unknown>) {
    this.promise = promise.then(
      (value) => void (this.outcome = { value }),
      (error: unknown) => void (this.outcome = { error }),
    );
  }

  get failed(): boolean {
    return this.outcome !== undefined && 'error' in this.outcome;
  }
}

/** What a decoder returns for an operation that failed by itself, when the device is not to blame. */
export class Rejected {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Takes the bytes that a submission read back and returns what an operation's value is. */
export type Decode<T> = (results: Uint8Array) => T | Rejected;

/** What an operation does. */
export interface Recording<T> {
  readonly reads: readonly Resident[];
  /** What it writes as a whole. */
  readonly writes: readonly Resident[];
  /** Bytes of the value, for the counters. */
  readonly bytes?: number;
  /** Whether it happens even if everything is given up. */
  readonly always?: boolean;
  /** What it waits for. */
  readonly ready?: readonly Readiness[];
  /** Records its commands; returns how its value is had from what they read back. */
  readonly encode: (batch: CommandBatch) => Decode<T> | void;
}

interface Failure {
  readonly error: unknown;
}

interface Operation {
  readonly reads: readonly Resident[];
  readonly writes: readonly Resident[];
  readonly bytes: number;
  readonly ready: readonly Readiness[];
  readonly always: boolean;
  encode: Recording<unknown>['encode'] | undefined;
  decode: Decode<unknown> | undefined;
  outcome: Outcome | undefined;
  /** Whether the device has what it needs of it, or never will. */
  encoded: boolean;
}

/** The operations of one batch. */
interface Submission {
  readonly operations: readonly Operation[];
  /** Resolves when the device has answered and all values are there, or failed. */
  readonly end: Promise<void>;
}

/**
 * The recorded operations of an engine on a device. Commands take effect in the order in which they are recorded, so an
 * operation is encoded at once; only if it needs kernels that are not compiled yet, it and all after it are held back. A
 * drain submits what was encoded and waits for it.
 *
 * What a failed submission wrote is spoilt; what reads that fails with the same error, and what overwrites it mends it.
 */
export class Queue {
  readonly #context: GpuContext;
  readonly #pendings = new Pendings<Operation>();
  /** Operations that wait for kernels, in order. */
  readonly #held: Operation[] = [];
  /** Operations in the batch that was not submitted yet. */
  #encoded: Operation[] = [];
  /** Batches that were submitted and have not ended, in order. */
  readonly #submitted: Submission[] = [];
  #batch: CommandBatch;
  #pumping: Promise<void> | undefined;

  constructor(context: GpuContext) {
    this.#context = context;
    this.#batch = context.batch();
  }

  /** Puts an operation at the end of the order. */
  record<T>(recording: Recording<T>): Pending<T> {
    const { reads, writes, encode, bytes = 0, ready = [], always = false } = recording;
    const operation: Operation = {
      reads,
      writes,
      bytes,
      ready,
      always,
      encode,
      decode: undefined,
      outcome: undefined,
      encoded: false,
    };
    const pending = this.#pendings.add<T>(operation);
    if (this.isFree(ready)) {
      this.#encode(operation);
    } else {
      this.#held.push(operation);
      this.#pump();
    }
    return pending;
  }

  /** Whether an operation that needs this is encoded at once. */
  isFree(ready: readonly Readiness[] = []): boolean {
    return this.#held.length === 0 && ready.every(({ outcome }) => outcome !== undefined);
  }

  /** Has the device begin with what was recorded. */
  flush(): void {
    this.#attempt(() => this.#batch.flush());
  }

  /** @throws what made an operation fail, if that is known already */
  checkAlive(pending: Pending<unknown>): void {
    const { outcome } = this.#pendings.get(pending);
    if (outcome !== undefined && 'error' in outcome) throw outcome.error;
  }

  /**
   * Waits for the operations behind the pendings; without pendings, for everything that was recorded before the call. An abort
   * gives up these operations only: what else was recorded still happens.
   *
   * @throws {@link NovaError} `Aborted`; what `onProgress` throws
   */
  async drain(pendings: readonly Pending<unknown>[], { signal, onProgress }: Control = {}): Promise<void> {
    const wanted = pendings.map((pending) => this.#pendings.get(pending));
    throwIfAbortedFor(signal, wanted);
    const last = this.#held.at(-1);
    const ended = this.#wait(wanted, last);
    if (signal === undefined) {
      await ended;
    } else {
      const aborted = new Promise<void>((_, reject) => {
        const abort = (): void => {
          try {
            throwIfAbortedFor(signal, wanted);
          } catch (error) {
            reject(error as Error);
          }
        };
        signal.addEventListener('abort', abort, { once: true });
        void ended.finally(() => signal.removeEventListener('abort', abort));
      });
      await Promise.race([ended, aborted]);
    }
    onProgress?.(1);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#held.length > 0 || this.#submitted.length > 0) {
      await this.#pumping;
      await this.#submitted[0]?.end;
    }
  }

  /** Gives everything up: what has no value yet fails with `error`. */
  drop(error: unknown): void {
    const all = [...this.#submitted.flatMap(({ operations }) => operations), ...this.#encoded, ...this.#held];
    for (const operation of all) operation.outcome ??= { error };
    this.#encoded = [];
    const held = this.#held.splice(0);
    for (const operation of held) if (!operation.always) this.#end(operation, { error });
    this.#attempt(() => this.#batch.drop());
    for (const operation of held) if (operation.always) this.#encode(operation);
    this.flush();
  }

  /** Refuses a pending of another queue. @throws {@link NovaError} `ForeignHandle` */
  check(pending: Pending<unknown>): void {
    this.#pendings.get(pending);
  }

  /** A pending's value and its size, after a drain. @throws what made the operation fail */
  take(pending: Pending<unknown>): { value: unknown; bytes: number } {
    return this.#pendings.take(pending);
  }

  /** Waits for operations, or if there are none, for all that is there now. @param last the last one that is held back */
  async #wait(wanted: readonly Operation[], last: Operation | undefined): Promise<void> {
    const all = wanted.length === 0;
    while (all ? last !== undefined && !last.encoded : wanted.some(({ encoded }) => !encoded)) {
      await this.#pumping;
    }
    const needed = (operations: readonly Operation[]): boolean =>
      all || wanted.some((o) => o.outcome === undefined && operations.includes(o));
    if (needed(this.#encoded)) this.#submit();
    await Promise.all(this.#submitted.filter(({ operations }) => needed(operations)).map(({ end }) => end));
  }

  /** Encodes what is held back, as soon as it can be. */
  #pump(): void {
    this.#pumping ??= (async () => {
      for (let operation = this.#held[0]; operation !== undefined; operation = this.#held[0]) {
        await Promise.all(operation.ready.map(({ promise }) => promise));
        if (this.#held[0] !== operation) continue; // dropped meanwhile
        this.#held.shift();
        this.#encode(operation);
      }
    })().finally(() => {
      this.#pumping = undefined;
      if (this.#held.length > 0) this.#pump();
    });
  }

  #encode(operation: Operation): void {
    const failure =
      (operation.writes.length === 0 ? operation.outcome : undefined) ?? // aborted
      operation.ready.map(({ outcome }) => outcome).find((outcome) => outcome && 'error' in outcome) ??
      operation.reads.find(({ spoilt }) => spoilt !== undefined)?.spoilt;
    if (failure !== undefined) return this.#end(operation, failure as Failure);
    try {
      operation.decode = operation.encode?.(this.#batch) ?? undefined;
    } catch (error) {
      return this.#end(operation, { error });
    }
    operation.encoded = true;
    operation.encode = undefined;
    for (const resident of operation.writes) resident.spoilt = undefined;
    this.#encoded.push(operation);
  }

  /** An operation that will not happen. */
  #end(operation: Operation, failure: Failure): void {
    operation.encoded = true;
    operation.encode = undefined;
    operation.outcome ??= failure;
    for (const resident of operation.writes) resident.spoilt = failure;
  }

  #submit(): void {
    const operations = this.#encoded;
    const batch = this.#batch;
    this.#encoded = [];
    this.#batch = this.#context.batch();
    const submission: Submission = { operations, end: this.#run(batch, operations) };
    this.#submitted.push(submission);
    void submission.end.finally(() => this.#submitted.splice(this.#submitted.indexOf(submission), 1));
  }

  async #run(batch: CommandBatch, operations: readonly Operation[]): Promise<void> {
    try {
      const results = await batch.submit();
      const values: unknown[] = [];
      // nothing of a submission is believed before all of it was checked
      for (const { decode } of operations) values.push(decode?.(results));
      operations.forEach((operation, i) => {
        const value = values[i];
        operation.outcome ??= value instanceof Rejected ? { error: value.error } : { value };
      });
    } catch (error) {
      const at = this.#submitted.findIndex((submission) => submission.operations === operations);
      const later = this.#submitted.slice(at + 1).flatMap((submission) => submission.operations);
      this.#fail(operations, [...later, ...this.#encoded], { error });
    }
    for (const operation of operations) operation.decode = undefined;
  }

  /** Spoils what failed operations wrote, and what was computed from that since. */
  #fail(operations: readonly Operation[], later: readonly Operation[], failure: Failure): void {
    for (const operation of operations) this.#end(operation, failure);
    for (const operation of later) {
      if (operation.reads.some(({ spoilt }) => spoilt !== undefined)) this.#end(operation, failure);
      else for (const resident of operation.writes) resident.spoilt = undefined;
    }
  }

  /** Does what may fail because the device is lost, which whoever asks for a value will hear. */
  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(this.#encoded.splice(0), [], { error });
    }
  }
}

/** @throws {@link NovaError} `Aborted`, which these operations then fail with too */
function throwIfAbortedFor(signal: AbortSignal | undefined, operations: readonly Operation[]): void {
  try {
    throwIfAborted(signal);
  } catch (error) {
    for (const operation of operations) operation.outcome ??= { error };
    throw error;
  }
}
