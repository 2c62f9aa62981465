/* What the benches share: the machine's description, medians, and the files in bench/results. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** What a result depends on besides the code. */
export function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: availableParallelism(),
    memory_gib: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

/** The library's version. */
export async function version() {
  return JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')).version;
}

/** The middle value; of an even number of values the mean of the two middle ones. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  return (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2;
}

const fileOf = (name) => new URL(`results/${name}.json`, import.meta.url);

/** What bench/results/NAME.json holds; undefined if there is none. */
export async function readResults(name) {
  try {
    return JSON.parse(await readFile(fileOf(name), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes bench/results/NAME.json; returns its path. */
export async function writeResults(name, results) {
  const file = fileOf(name);
  await mkdir(new URL('.', file), { recursive: true });
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  return file.pathname;
}
