/* What the benches beside nova-snark share: its program, processes that answer in JSON, and the table that is printed. */
import { spawn } from 'node:child_process';

/** The path of nova-interop; without it the process ends. */
export function novaInterop() {
  const peer = process.env.NOVA_INTEROP_BIN;
  if (peer !== undefined) return peer;
  console.error(
    'NOVA_INTEROP_BIN is not set: build test/interop (see its README.md) and give the path of nova-interop',
  );
  process.exit(2);
}

/** Runs a program to its end and returns the JSON object that it prints last. */
export async function run(command, args, env = {}) {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${text}`);
  return JSON.parse(text);
}

/**
 * Prints a row a line: both sides, their ratio, and whether it is within its limit.
 *
 * @param rows { work, what, unit, ours, theirs, ratio, at_most, ok }
 */
export function printComparison(rows, backend) {
  const amount = (x, unit) => (unit === 'ms' ? `${x.toFixed(1)} ms` : `${(x / 2 ** 20).toFixed(0)} MiB`);
  const table = rows.map((r) => [
    r.work,
    r.what,
    amount(r.ours, r.unit),
    amount(r.theirs, r.unit),
    r.ratio.toFixed(3),
    r.at_most === null ? '' : `${r.ok ? 'ok' : 'MISSED'} (at most ${r.at_most})`,
  ]);
  const head = ['work', 'what', `ours (${backend})`, 'theirs', 'ratio', ''];
  const widths = head.map((_, i) => Math.max(...[head, ...table].map((line) => line[i].length)));
  for (const line of [head, ...table]) {
    console.log(
      line
        .map((cell, i) => (i < 2 || i > 4 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    );
  }
}
