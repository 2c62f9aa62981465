/*
 * Draws what bench:peer and bench:compressed recorded, as docs/beside-nova-snark.svg. `npm run bench:chart` writes the picture; a
 * test compares it with the results, so that it never says anything else.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const PICTURE = new URL('../docs/beside-nova-snark.svg', import.meta.url);

/** The rows that are drawn: times beside nova-snark's own. The others compare with a limit, or us with ourselves. */
const OPERATIONS = new Map([
  ['set-up', 'set-up'],
  ['proveStep', 'a step'],
  ['keys', 'keys'],
  ['prove', 'compress'],
  ['verify', 'verify'],
]);

// in units of the picture, which is scaled to the width of the page
const WIDTH = 760;
const ROW = 19;
const GAP = 30;
const AXIS = { left: 90, right: 540 };
/** Ratios beyond this are cut off, with their value beside them. */
const LONGEST = 2.5;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .work { font-weight: 600 } .note { fill: #59636e } .end { text-anchor: end } .middle { text-anchor: middle }
  .faster { fill: #1a7f5a } .slower { fill: #c4632b } .line { stroke: #59636e; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .note { fill: #9198a1 } .faster { fill: #3fb68b } .slower { fill: #e08550 } .line { stroke: #9198a1 }
  }`;

/** The picture of these results: of each, its `peer`, its machine's `cpus`, and its `rows`. */
export function chart(...results) {
  const groups = results.flatMap(({ rows }) => groupsOf(rows));
  const { peer, machine, backend, threads } = results[0];
  const x = (ratio) => AXIS.left + ((AXIS.right - AXIS.left) * Math.min(ratio, LONGEST)) / LONGEST;
  const body = [];
  let y = 62;
  for (const { work, rows } of groups) {
    body.push(text(0, y, work, 'work'));
    for (const { what, ours, theirs, ratio } of rows) {
      y += ROW;
      const side = ratio <= 1 ? 'faster' : 'slower';
      const times = `${ratio.toFixed(2)}  (${duration(ours)} to ${duration(theirs)})`;
      body.push(
        text(AXIS.left - 8, y, OPERATIONS.get(what), 'end'),
        `<rect class="${side}" x="${AXIS.left}" y="${y - 10}" width="${(x(ratio) - AXIS.left).toFixed(1)}" height="12" rx="2"/>`,
        text(Math.max(x(ratio), x(1)) + 8, y, times, 'note'),
      );
    }
    y += GAP;
  }
  const height = y;
  const title = `Time beside ${peer} on the same ${machine.cpus} cores: engine ${backend}, ${threads} threads`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">`,
    `<style>${STYLE}\n</style>`,
    text(0, 16, title, 'work'),
    text(0, 34, 'Shorter is faster; at 1 both take the same time.', 'note'),
    text(x(1), 52, '1', 'note middle'),
    `<line class="line" x1="${x(1)}" x2="${x(1)}" y1="56" y2="${height - GAP}"/>`,
    ...body,
    '</svg>',
  ].join('\n')}\n`;
}

/** A piece of work a group, its operations in the order of their use. */
function groupsOf(rows) {
  const works = [...new Set(rows.map(({ work }) => work))];
  return works.map((work) => ({
    work,
    rows: [...OPERATIONS.keys()].flatMap((what) =>
      rows.filter((row) => row.work === work && row.what === what),
    ),
  }));
}

function text(x, y, content, style) {
  return `<text class="${style}" x="${x.toFixed(1)}" y="${y}">${content}</text>`;
}

function duration(ms) {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** The picture of what bench/results holds. */
export async function recordedChart() {
  const read = async (name) =>
    JSON.parse(await readFile(new URL(`results/${name}.json`, import.meta.url), 'utf8'));
  return chart(await read('peer'), await read('compressed'));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writeFile(PICTURE, await recordedChart());
  console.log(PICTURE.pathname);
}
