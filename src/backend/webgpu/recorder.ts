import { firstNonCanonical } from '../../field/bytes.ts';
import { FIELD_BYTES } from '../../field/field.ts';
import type { Pending, Vec } from '../backend.ts';
import { KINDS, Ledger, Table } from '../ledger.ts';
import { OpenEngine } from '../open-engine.ts';
import { type Operand, touched } from '../operands.ts';
import { type CommandBatch, faultError } from './batch.ts';
import type { Layout } from './codegen/layout.ts';
import type { GpuContext } from './device.ts';
import { Queue, type Recording, type Resident } from './queue.ts';
import type { Trials } from './trials.ts';
import type { DeviceVector } from './windows.ts';

/** What this engine counts the time of: what every engine does, and waiting for the device. */
export type GpuKind = (typeof KINDS)[number] | 'wait';
const GPU_KINDS: readonly GpuKind[] = [...KINDS, 'wait'];

/** A vector on the device. A view has the buffer of its vector, from the start. */
export interface VecData extends DeviceVector {
  readonly resident: Resident;
  readonly partial?: boolean;
}

/** What an operation touches and waits for; see {@link Recording}. */
export interface Touches extends Pick<Recording<unknown>, 'bytes' | 'ready'> {
  readonly reads: readonly Operand<Resident>[];
  readonly writes: readonly Operand<Resident>[];
}

/** The device of an engine, and how its operations come by their vectors and into the queue. */
export class Recorder extends OpenEngine<VecData> {
  readonly context: GpuContext;
  readonly layout: Layout;
  readonly trials: Trials;
  readonly ledger: Ledger<GpuKind> = new Ledger(GPU_KINDS);
  readonly queue: Queue;
  readonly vecs: Table<Vec, VecData>;
  readonly #onWrite: ((batch: CommandBatch, residents: readonly Resident[]) => void)[] = [];

  /** @param trials compiles and tries the kernels of operations */
  constructor(context: GpuContext, layout: Layout, trials: Trials) {
    super();
    this.context = context;
    this.layout = layout;
    this.trials = trials;
    this.queue = new Queue(context);
    this.vecs = new Table('a vector', this.ledger, ({ buffer }) => this.release(buffer));
  }

  /** Records an operation, and counts the time that recording it takes. */
  record<T>(kind: GpuKind, touches: Touches, encode: Recording<T>['encode']): Pending<T> {
    this.checkOpen();
    const { reads, writes } = touched(touches.reads, touches.writes);
    return this.queue.record({
      ...touches,
      reads,
      writes,
      encode: (batch) => {
        const start = performance.now();
        for (const listener of this.#onWrite) listener(batch, writes);
        const decode = encode(batch);
        this.ledger.addTime(kind, performance.now() - start);
        return decode;
      },
    });
  }

  /** Has `listener` called with what an operation writes, when it is about to be recorded on the device. */
  onWrite(listener: (batch: CommandBatch, residents: readonly Resident[]) => void): void {
    this.#onWrite.push(listener);
  }

  /** Writes all of a vector, from bytes that may change after the call. */
  write(v: VecData, bytes: Uint8Array): Pending<void> {
    this.ledger.bytesUp += bytes.length;
    const kept = this.queue.isFree() ? bytes : bytes.slice();
    return this.record('transfer', { reads: [], writes: [v] }, (batch) => batch.write(v.buffer, 0, kept));
  }

  /** Reads all of a vector. @param v names it in messages */
  read(data: VecData, { field, label, length }: Vec): Pending<Uint8Array> {
    const bytes = FIELD_BYTES * length;
    return this.record('transfer', { reads: [data], writes: [], bytes }, (batch) => {
      const at = batch.readback(data.buffer, 0, bytes);
      return (results) => {
        const elements = results.slice(at, at + bytes);
        const bad = firstNonCanonical(field, elements);
        if (bad !== -1) throw faultError(`element ${bad} of the vector ${label} is not canonical`);
        return elements;
      };
    });
  }

  /** Does something once the operations that were recorded by now have been submitted. */
  afterUse(action: () => void): void {
    this.queue.record({
      reads: [],
      writes: [],
      always: true,
      encode: (batch) => batch.afterSubmit(action),
    });
    this.queue.flush();
  }

  /** Gives buffers back once the operations that were recorded by now have been submitted. */
  release(...buffers: GPUBuffer[]): void {
    this.afterUse(() => this.context.arena.release(...buffers));
  }
}
