/**
 * A worker thread of the wasm engine: it runs the tasks that it claims first. An entry of the build of its own;
 * `threads.ts` starts it.
 */
import { claim } from './claims.ts';
import { foldBases } from './fold-bases.ts';
import { generatorsTask } from './generators.ts';
import { Host } from './host.ts';
import { addTask, runTask } from './tasks.ts';
import { nodeModule } from '../../node-module.ts';
import type { FromWorker, ToWorker } from './threads.ts';

const parent = nodeModule<typeof import('node:worker_threads')>('worker_threads')?.parentPort;

const post = (message: FromWorker): void => {
  if (parent) parent.postMessage(message);
  else globalThis.postMessage(message);
};

addTask('foldBases', foldBases);
addTask('generators', generatorsTask);

let host: Host;
let claims: Int32Array;
let owner: number;

function take(message: ToWorker): void {
  switch (message.kind) {
    case 'start':
      ({ claims, owner } = message);
      host = new Host(message.memory, () => message.scratch);
      break;
    case 'field':
      host.add(message.name, message.module);
      break;
    case 'tasks':
      for (const task of message.tasks) {
        if (claim(claims, task.id, owner)) post({ id: task.id, ...runTask(host, task) });
      }
  }
}

if (parent) parent.on('message', take);
else globalThis.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => take(data));
post({ kind: 'ready' });
