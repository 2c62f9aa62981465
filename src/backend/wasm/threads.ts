import { nodeModule } from '../../node-module.ts';
import type { Scratch } from './host.ts';
import type { TaskCall } from './tasks.ts';

/** What the main thread tells a worker. */
export type ToWorker =
  | {
      readonly kind: 'start';
      readonly memory: WebAssembly.Memory;
      readonly claims: Int32Array;
      /** The worker's number, from 1. */
      readonly owner: number;
      readonly scratch: Scratch;
    }
  | { readonly kind: 'field'; readonly name: string; readonly module: WebAssembly.Module }
  | { readonly kind: 'tasks'; readonly tasks: readonly SentTask[] };

/** A task and its number (`claims.ts`). */
export interface SentTask extends TaskCall {
  readonly id: number;
}

/** What a worker answers. */
export type FromWorker =
  | { readonly kind: 'ready' }
  /** A task's result, or why it has none, and the milliseconds that it took. */
  | { readonly kind: 'done'; readonly id: number; readonly ms: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly ms: number; readonly error: SentError };

/** An error as it crosses to another thread. */
export interface SentError {
  /** The code of a NovaError. */
  readonly code: string | undefined;
  readonly message: string;
  readonly stack: string | undefined;
}

/** A running worker, of Node or of a browser. */
export interface Thread {
  post(message: ToWorker): void;
  /** Whether the worker keeps the process alive. It does until told otherwise. */
  hold(hold: boolean): void;
  /** Ends the worker, whatever it does. */
  terminate(): Promise<void>;
}

/** What a worker may fill with new objects before it looks which are in use; by default three times 16 MiB would fill up. */
const YOUNG_GENERATION_MB = 2;

/** What becomes of a worker. */
export interface ThreadEvents {
  readonly onMessage: (message: FromWorker) => void;
  /** It has ended though nobody terminated it; called once. */
  readonly onDeath: (cause: unknown) => void;
}

type NodeThreads = typeof import('node:worker_threads');

/**
 * Where the worker lies: beside the bundle, or, for the library's own tests, which run from source, in `dist`. Browsers get
 * the same address in {@link startThread}, in the form that bundlers recognise.
 */
function workerScript(): URL {
  const fromSource = import.meta.url.endsWith('/src/backend/wasm/threads.ts');
  return new URL(fromSource ? '../../../dist/wasm-worker.js' : './wasm-worker.js', import.meta.url);
}

/** Why there can be no worker threads here; undefined if there can. */
export function threadsMissing(): string | undefined {
  if (typeof SharedArrayBuffer === 'undefined') {
    return 'SharedArrayBuffer is missing: serve the page with Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy';
  }
  if (nodeModule<NodeThreads>('worker_threads') !== undefined) {
    const script = workerScript();
    const found =
      script.protocol === 'file:' && nodeModule<typeof import('node:fs')>('fs')?.existsSync(script);
    return found === true ? undefined : `the worker's file ${script.href} is missing`;
  }
  if (typeof Worker === 'undefined') return 'there are no workers here';
  if (globalThis.crossOriginIsolated !== true) return 'the page is not cross-origin isolated';
  return undefined;
}

/** How many threads the machine runs at once. */
export function hardwareThreads(): number {
  return (
    nodeModule<typeof import('node:os')>('os')?.availableParallelism() ??
    globalThis.navigator?.hardwareConcurrency ??
    1
  );
}

/** Starts a worker. Where that is forbidden, or its script cannot be loaded, it has died soon. */
export function startThread(events: ThreadEvents): Thread {
  const node = nodeModule<NodeThreads>('worker_threads');
  try {
    return node === undefined ? startInBrowser(events) : startInNode(node, events);
  } catch (cause) {
    queueMicrotask(() => events.onDeath(cause));
    return { post: () => {}, hold: () => {}, terminate: async () => {} };
  }
}

function startInNode(node: NodeThreads, { onMessage, onDeath }: ThreadEvents): Thread {
  // None of the options that this process was started with: some forbid a script. A worker's objects are few and short-lived.
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };
  const worker = new node.Worker(workerScript(), { execArgv: [], name: 'nova-webgpu', resourceLimits });
  let dead = false;
  const die = (cause: unknown) => {
    if (!dead) onDeath(cause);
    dead = true;
  };
  worker.on('message', onMessage);
  worker.on('error', die);
  worker.on('exit', (code) => die(new Error(`the worker ended with exit code ${code}`)));
  return {
    post: (message) => worker.postMessage(message),
    hold: (hold) => (hold ? worker.ref() : worker.unref()),
    terminate: async () => {
      dead = true;
      await worker.terminate();
    },
  };
}

function startInBrowser({ onMessage, onDeath }: ThreadEvents): Thread {
  const worker = new Worker(new URL('./wasm-worker.js', import.meta.url), { type: 'module' });
  const die = (cause: unknown) => {
    worker.onmessage = worker.onerror = worker.onmessageerror = null;
    worker.terminate();
    onDeath(cause);
  };
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => onMessage(data);
  worker.onerror = ({ message }) => die(new Error(message ?? 'the worker could not be loaded'));
  worker.onmessageerror = () => die(new Error('a message of the worker could not be read'));
  return {
    post: (message) => worker.postMessage(message),
    hold: () => {},
    terminate: async () => {
      worker.onmessage = worker.onerror = worker.onmessageerror = null;
      worker.terminate();
    },
  };
}
