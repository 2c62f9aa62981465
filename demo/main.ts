/** The demo page: proves a chain with the built library, shows each step, and can be stopped at any time. */
import {
  builtinCircuit,
  CompressedSNARK,
  createBackend,
  CYCLES,
  needsPtau,
  NovaError,
  PublicParams,
  RecursiveSNARK,
  stepsOf,
  type TaskOptions,
} from 'nova-webgpu';

const form = document.querySelector('form')!;
const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement;
const compressing = field('compress');
const [start, stop] = ['start', 'stop'].map((name) => form.elements.namedItem(name) as HTMLButtonElement);
const bar = document.querySelector('progress')!;
const doing = document.querySelector('#doing')!;
const chart = document.querySelector('svg')!;
const result = document.querySelector('output')!;
const download = document.querySelector('a')!;

field('cycle').append(
  ...CYCLES.filter((cycle) => !needsPtau(cycle)).map(({ name }) => new Option(name, name)),
);

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const controller = new AbortController();
  stop.onclick = () => controller.abort();
  [start.disabled, stop.disabled] = [true, false];
  result.textContent = '';
  download.hidden = true;
  prove(controller.signal)
    .catch((error: unknown) => {
      doing.textContent =
        error instanceof NovaError ? `${error.code}: ${error.message}` : `unexpected: ${String(error)}`;
    })
    .finally(() => ([start.disabled, stop.disabled] = [false, true]));
});

/** Proves and verifies the chain that the form asks for. Whatever happens, the engine's threads end. */
async function prove(signal: AbortSignal): Promise<void> {
  const circuit = builtinCircuit(field('circuit').value.trim());
  const steps = field('steps').valueAsNumber;
  const backend = await createBackend('auto');
  try {
    const options = {
      signal,
      onProgress: ({ phase, share }: { phase: string; share: number }) => show(phase, share),
    };
    const pp = await PublicParams.setup(circuit, { cycle: field('cycle').value, backend, ...options });
    const snark = await RecursiveSNARK.new(pp, circuit.z0, { inputs: circuit.inputsOf?.(0), signal });
    const times: number[] = [];
    for await (const { ms } of snark.proveSteps(stepsOf(circuit, steps), { signal })) {
      const i = snark.numSteps;
      if (i > 1) times.push(ms); // `new` did the first step's work
      draw(times, steps);
      show(`step ${i} of ${steps}`, i / steps);
    }
    show('verifying', 0);
    const zn = await snark.verify(steps, circuit.z0, { signal });
    result.textContent = zn.map((z, i) => `z[${i}] = ${z}`).join('\n');
    if (compressing.checked) await compress(pp, snark, circuit.z0, options);
    show(`accepted: ${steps} steps of ${circuit.name} on ${pp.cycle.name}, engine ${backend.name}`, 1);
  } finally {
    await backend.close();
  }
}

/** Makes the proof for others out of the prover's state, verifies it as they would, and offers it as a file. */
async function compress(
  pp: PublicParams,
  snark: RecursiveSNARK,
  z0: readonly bigint[],
  options: TaskOptions,
): Promise<void> {
  const state = await snark.encode();
  const { pk, vk } = await CompressedSNARK.setup(pp, options);
  try {
    const bytes = (await CompressedSNARK.prove(pk, snark, options)).encode();
    show('verifying the compressed proof', 0);
    const start = performance.now();
    await CompressedSNARK.decode(vk, bytes).verify(vk, snark.numSteps, z0, options);
    const ms = performance.now() - start;
    const kilobytes = (n: number) => `${(n / 1000).toFixed(1)} kB`;
    result.textContent += [
      '',
      `prover’s state  ${kilobytes(state.length)}, contains the witness`,
      `compressed      ${kilobytes(bytes.length)}, hides it; verified in ${ms.toFixed(0)} ms`,
    ].join('\n');
    URL.revokeObjectURL(download.href);
    download.href = URL.createObjectURL(new Blob([bytes.slice()]));
    download.hidden = false;
  } finally {
    pk.close();
    vk.close();
  }
}

function show(what: string, share: number): void {
  doing.textContent = what;
  bar.value = share;
}

/** A bar for each step, as high as it took long. */
function draw(times: readonly number[], steps: number): void {
  const longest = Math.max(...times, 1);
  const width = 100 / Math.max(1, steps - 1);
  chart.replaceChildren(
    ...times.map((ms, i) => {
      const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
      const height = (30 * ms) / longest;
      for (const [name, value] of Object.entries({
        x: i * width,
        y: 32 - height,
        width: width * 0.8,
        height,
      })) {
        rect.setAttribute(name, String(value));
      }
      const title = document.createElementNS('http://www.w3.org/2000/svg', 'title');
      title.textContent = `step ${i + 2}: ${ms.toFixed(0)} ms`;
      rect.append(title);
      return rect;
    }),
  );
}
