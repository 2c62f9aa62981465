/** The attempts of hostile.ts in a bundle where every check of the verifiers has a switch. */
import { mkdir, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';
import { allChecks, withSwitches } from './checks.ts';
import type { answerTo, hostileAttempts } from './hostile.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Below the project's folder, so that packages are found. */
const BUNDLE = new URL('../../node_modules/.cache/nova-webgpu/weakened.mjs', import.meta.url);

/** What the switches in the bundle call. */
export class Switches {
  /** Checks that are taken out. */
  readonly off: Set<number> = new Set<number>();
  /** Checks that have refused something. */
  readonly fired: Set<number> = new Set<number>();

  refuses(id: number, condition: unknown): unknown {
    if (condition) this.fired.add(id);
    return this.off.has(id) ? false : condition;
  }

  admits(id: number, condition: unknown): unknown {
    if (!condition) this.fired.add(id);
    return this.off.has(id) ? true : condition;
  }

  runs(id: number): boolean {
    return !this.off.has(id);
  }

  threw(id: number): void {
    this.fired.add(id);
  }

  tries<T>(id: number, check: () => T): T | undefined {
    if (this.off.has(id)) return undefined;
    try {
      return check();
    } catch (error) {
      this.fired.add(id);
      throw error;
    }
  }
}

/** The bundle's exports, which are those of hostile.ts, and its switches. */
export async function weakened(): Promise<{
  readonly switches: Switches;
  readonly hostileAttempts: typeof hostileAttempts;
  readonly answerTo: typeof answerTo;
}> {
  const first = new Map<string, number>();
  for (const { file, id } of allChecks()) if (!first.has(file)) first.set(file, id);
  const output = (await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'switches',
        enforce: 'pre',
        transform: (code, id) => {
          if (id.endsWith('.wgsl')) return `export default ''`; // no GPU here
          const file = relative(ROOT, id).replaceAll('\\', '/');
          return first.has(file) ? withSwitches(file, code, first.get(file)).code : undefined;
        },
      },
    ],
    build: {
      ssr: fileURLToPath(new URL('hostile.ts', import.meta.url)),
      write: false,
      minify: false,
      target: 'es2022',
      rollupOptions: { output: { format: 'es', codeSplitting: false } },
    },
  })) as Rollup.RollupOutput;
  await mkdir(new URL('.', BUNDLE), { recursive: true });
  await writeFile(BUNDLE, output.output[0].code);
  const switches = new Switches();
  Object.assign(globalThis, { __checks: switches });
  const bundle = await import(/* @vite-ignore */ `${BUNDLE.href}?${Date.now()}`);
  return { switches, hostileAttempts: bundle.hostileAttempts, answerTo: bundle.answerTo };
}
