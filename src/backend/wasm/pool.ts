import { NovaError, type ErrorCode } from '../../errors.ts';
import { closedError } from '../checks.ts';
import { Pace } from '../../pace.ts';
import { before, claim, MAIN, makeClaims, next, ownerOf } from './claims.ts';
import { SCRATCH_BYTES, type Host, type Scratch } from './host.ts';
import type { Heap } from './memory.ts';
import type { Stop } from '../stop.ts';
import { runTask, type TaskCall, type TaskEnd } from './tasks.ts';
import { startThread, type FromWorker, type SentError, type SentTask, type Thread } from './threads.ts';

/** How a run of tasks is stopped and watched. */
export interface RunOptions {
  /** Stops it: tasks that have not begun never do. */
  readonly stop?: Stop;
  /** Called after each task with the milliseconds that it took on its thread. */
  readonly onTask?: ((milliseconds: number) => void) | undefined;
}

/** The tasks of one call of {@link Pool.run}. */
interface Run {
  readonly jobs: readonly Job[];
  readonly results: unknown[];
  left: number;
  failed: boolean;
  error: unknown;
  readonly onTask: ((milliseconds: number) => void) | undefined;
  readonly end: () => void;
}

/** A task on its way. */
interface Job {
  readonly call: TaskCall;
  readonly run: Run;
  readonly index: number;
  /** Its number once it was sent to the workers. */
  id: number | undefined;
  ended: boolean;
}

/** A worker with its number. */
interface Member {
  readonly owner: number;
  readonly thread: Thread;
  ready: boolean;
}

/**
 * The threads of an engine. They start with the first tasks, and when none is under way they keep no process alive. Where
 * there are none, or none can be started, tasks run on the calling thread, which takes a turn of the event loop between them.
 */
export class Pool {
  readonly #host: Host;
  readonly #heap: Heap;
  readonly #claims: Int32Array;
  readonly #modules = new Map<string, WebAssembly.Module>();
  readonly #scratch = new Map<number, Scratch>();
  readonly #members = new Map<number, Member>();
  /** Tasks that were not sent yet, in order. */
  #waiting: Job[] = [];
  /** Tasks that were sent and have not ended, by number. */
  readonly #sent = new Map<number, Job>();
  #nextId = 0;
  #threads: number;
  #everReady = false;
  #scheduled = false;
  #held = false;
  /** When the calling thread, where it does the work, last let others in: one run follows another without a turn. */
  readonly #pace = new Pace(() => {});
  #closed = false;

  /** @param threads how many workers; 0 for none, then the memory need not be shared */
  constructor(host: Host, heap: Heap, threads: number) {
    this.#host = host;
    this.#heap = heap;
    this.#threads = threads;
    this.#claims = makeClaims(threads > 0);
  }

  /** How many tasks run at once. */
  get width(): number {
    return Math.max(1, this.#threads);
  }

  /** Worker threads; 0 if tasks run on the calling thread. */
  get threads(): number {
    return this.#threads;
  }

  /** Makes a field's kernels known to all threads. */
  share(field: string, module: WebAssembly.Module): void {
    this.#modules.set(field, module);
    this.#host.add(field, module);
    for (const { thread } of this.#members.values()) thread.post({ kind: 'field', name: field, module });
  }

  /**
   * Runs tasks, begun in order, on all threads at once, and resolves to their results. When one fails or the run is stopped,
   * those that have not begun never do; the promise is settled when nothing runs any more.
   *
   * @throws {@link NovaError} what the first failing task threw; `EngineFault` for what is no NovaError and for a worker that
   * died; what `stop` was fired with; `BackendClosed`
   */
  run<R>(calls: readonly TaskCall<R>[], { stop, onTask }: RunOptions = {}): Promise<R[]> {
    if (this.#closed) return Promise.reject(closedError());
    if (stop?.fired) return Promise.reject(stop.error);
    if (calls.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const jobs: Job[] = [];
      const unlisten = stop?.onFire(() => this.#cancel(run, stop.error));
      const end = () => {
        unlisten?.();
        if (run.failed) reject(run.error);
        else resolve(run.results as R[]);
      };
      const run: Run = {
        jobs,
        results: [],
        left: calls.length,
        failed: false,
        error: undefined,
        onTask,
        end,
      };
      calls.forEach((call, index) => jobs.push({ call, run, index, id: undefined, ended: false }));
      this.#waiting.push(...jobs);
      this.#schedule();
    });
  }

  /** Ends all threads, whatever they do. What is under way rejects with `BackendClosed`. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const members = [...this.#members.values()];
    this.#members.clear();
    await Promise.all(members.map(({ thread }) => thread.terminate()));
    for (const job of [...this.#sent.values(), ...this.#waiting]) {
      if (!job.ended) this.#fail(job, closedError());
    }
  }

  // ---- sending

  /** Sends what waits once the caller has recorded everything: one message a worker instead of one a task. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    if (this.#threads > 0) {
      this.#scheduled = false;
      try {
        this.#send();
      } catch (error) {
        this.#failAll(error);
      }
    } else {
      await this.#runHere();
    }
  }

  #send(): void {
    this.#waiting = this.#waiting.filter((job) => !job.ended);
    for (let owner = 1; owner <= this.#threads; owner++) {
      if (!this.#members.has(owner)) this.#start(owner);
    }
    const tasks: SentTask[] = [];
    // the word of a task's number is in use until the task before it has ended
    while (tasks.length < this.#waiting.length && !this.#sent.has(before(this.#nextId))) {
      const job: Job = this.#waiting[tasks.length];
      job.id = this.#nextId;
      this.#sent.set(job.id, job);
      this.#nextId = next(this.#nextId);
      tasks.push({ id: job.id, name: job.call.name, args: job.call.args });
    }
    if (tasks.length === 0) return;
    this.#waiting.splice(0, tasks.length);
    this.#hold();
    for (const { thread } of this.#members.values()) thread.post({ kind: 'tasks', tasks });
  }

  /** @throws {@link NovaError} `OutOfMemory` for its scratch memory */
  #start(owner: number): void {
    let scratch = this.#scratch.get(owner);
    if (scratch === undefined) {
      scratch = { address: this.#heap.allocate(SCRATCH_BYTES, 'scratch memory'), bytes: SCRATCH_BYTES };
      this.#scratch.set(owner, scratch);
    }
    const thread = startThread({
      onMessage: (message) => this.#take(member, message),
      onDeath: (cause) => this.#bury(member, cause),
    });
    const member: Member = { owner, thread, ready: false };
    this.#members.set(owner, member);
    thread.hold(this.#held);
    thread.post({ kind: 'start', memory: this.#host.memory, claims: this.#claims, owner, scratch });
    for (const [name, module] of this.#modules) thread.post({ kind: 'field', name, module });
  }

  /** Workers keep the process alive as long as a task is under way. */
  #hold(): void {
    const hold = this.#sent.size > 0;
    if (hold === this.#held) return;
    this.#held = hold;
    for (const { thread } of this.#members.values()) thread.hold(hold);
  }

  async #runHere(): Promise<void> {
    while (!this.#closed) {
      const job = this.#waiting.shift();
      if (job === undefined) break;
      if (job.ended) continue;
      this.#end(job, runTask(this.#host, job.call));
      await this.#pace.pause();
    }
    this.#scheduled = false;
  }

  // ---- ends

  #take(member: Member, message: FromWorker): void {
    if (message.kind === 'ready') {
      member.ready = this.#everReady = true;
      return;
    }
    const job = this.#sent.get(message.id);
    if (job !== undefined) this.#end(job, message);
  }

  #end(job: Job, end: TaskEnd): void {
    try {
      job.run.onTask?.(end.ms);
    } catch (error) {
      // a caller's callback
      return this.#fail(job, error);
    }
    if (end.kind === 'failed') return this.#fail(job, receivedError(end.error));
    job.run.results[job.index] = end.result;
    this.#settle(job);
  }

  #fail(job: Job, error: unknown): void {
    this.#cancel(job.run, error, job);
    this.#settle(job);
  }

  /** Sees to it that no task of the run begins any more. */
  #cancel(run: Run, error: unknown, except?: Job): void {
    if (!run.failed) [run.failed, run.error] = [true, error];
    for (const job of run.jobs) {
      const begun = job.id !== undefined && !claim(this.#claims, job.id, MAIN);
      if (!job.ended && job !== except && !begun) this.#settle(job);
    }
  }

  #settle(job: Job): void {
    if (job.ended) return;
    job.ended = true;
    if (job.id !== undefined) this.#sent.delete(job.id);
    if (--job.run.left === 0) job.run.end();
    if (this.#waiting.length > 0 && !this.#closed) this.#schedule();
    else this.#hold();
  }

  /** A worker is no more. The next call gets another. */
  #bury(member: Member, cause: unknown): void {
    if (this.#closed || this.#members.get(member.owner) !== member) return;
    this.#members.delete(member.owner);
    if (!this.#everReady) return void this.#giveUpThreads(cause);
    this.#failAll(faultError('a worker thread ended', cause), member.owner);
  }

  /**
   * Fails all tasks but those that run on other threads than `dead`: these come to their ends first, since nothing may write
   * to memory that is used again.
   */
  #failAll(error: unknown, dead?: number): void {
    for (const job of [...this.#sent.values(), ...this.#waiting]) {
      if (job.ended) continue;
      const { id } = job;
      const lost = id === undefined || claim(this.#claims, id, MAIN) || ownerOf(this.#claims, id) === dead;
      if (lost) this.#fail(job, error);
    }
  }

  /** No worker could be started: the calling thread does the work. */
  async #giveUpThreads(cause: unknown): Promise<void> {
    this.#threads = 0;
    const members = [...this.#members.values()];
    this.#members.clear();
    // one of them may have begun a task after all
    await Promise.all(members.map(({ thread }) => thread.terminate()));
    for (const [id, job] of this.#sent) {
      if (claim(this.#claims, id, MAIN)) {
        this.#sent.delete(id);
        job.id = undefined;
        this.#waiting.push(job);
      } else {
        this.#fail(job, faultError('a worker thread ended', cause));
      }
    }
    this.#schedule();
  }
}

function faultError(what: string, cause: unknown): NovaError {
  return new NovaError('EngineFault', `${what}; the state is as it was before the step, try again`, {
    cause,
  });
}

/** An error that a task has ended with. */
export function receivedError({ code, message, stack }: SentError): NovaError {
  if (code !== undefined) return new NovaError(code as ErrorCode, message);
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  return faultError(`a worker failed (${message})`, cause);
}
