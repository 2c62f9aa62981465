import { availableParallelism } from 'node:os';
import { version } from '../../package.json';
import { detectFeatures } from '../backend/engines.ts';
import { BUILTIN_CIRCUITS, CK_HINTS, CYCLES, defaultCacheDir } from '../node/index.ts';
import { backendNames, snarkNames, type EngineOptions } from './options.ts';
import { openBackend, printJson } from './session.ts';

/**
 * The `info` command: what this installation is and can do, what was detected here, and which engine the one that is asked for
 * (`auto` if none is) stands for, with what it found and chose.
 */
export async function info(engine: EngineOptions, json: boolean): Promise<void> {
  const notices: string[] = [];
  const backend = await openBackend(engine, {}, (message) => notices.push(message));
  await backend.close();
  const features = await detectFeatures(engine.threads);
  const facts = {
    version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpus: availableParallelism(),
    backends: backendNames(),
    [engine.backend]: backend.name,
    gpu: backend.facts ?? notices.join('; '),
    features,
    cycles: CYCLES.map((cycle) => cycle.name),
    circuits: BUILTIN_CIRCUITS.map((circuit) => circuit.form),
    hints: Object.keys(CK_HINTS),
    snarks: snarkNames(),
    cache: defaultCacheDir(),
  };
  if (json) return printJson(facts);
  const lines = Object.entries(facts).map(([name, value]) => `${name.padEnd(9)}  ${textOf(value)}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function textOf(value: string | number | readonly string[] | object): string {
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.join(', ');
  return Object.entries(value)
    .map(([name, item]) => `${name}: ${item === true ? 'yes' : item === false ? 'no' : String(item)}`)
    .join(', ');
}
