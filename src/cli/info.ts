import { availableParallelism } from 'node:os';
import { version } from '../../package.json';
import { BUILTIN_CIRCUITS, CK_HINTS, CYCLES, defaultCacheDir } from '../node/index.ts';
import { backendNames } from './options.ts';
import { printJson } from './session.ts';

/** The `info` command: what this installation is and can do. */
export function info(json: boolean): void {
  const facts = {
    version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpus: availableParallelism(),
    backends: backendNames(),
    cycles: CYCLES.map((cycle) => cycle.name),
    circuits: BUILTIN_CIRCUITS.map((circuit) => circuit.form),
    hints: Object.keys(CK_HINTS),
    cache: defaultCacheDir(),
  };
  if (json) return printJson(facts);
  const lines = Object.entries(facts).map(([name, value]) => {
    return `${name.padEnd(9)}  ${Array.isArray(value) ? value.join(', ') : value}`;
  });
  process.stdout.write(`${lines.join('\n')}\n`);
}
