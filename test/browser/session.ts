/** What runs in the page: the program of somebody who has installed the package. Bundled by vite, never run by Node. */
import { sha3_256 } from '@noble/hashes/sha3.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type * as Library from '../../src/index.ts';
import { GapMeter } from './gap-meter.ts';

/** What a chain of steps led to. */
export interface ChainReport {
  /** SHA3-256 of the encoding after `new` and after every step. */
  readonly states: readonly string[];
  /** What verification returned. */
  readonly outputs: readonly bigint[];
  /** How the step ended that was aborted before it was tried again. */
  readonly aborted: AbortReport;
  /** The longest time in milliseconds that a timer of 10 ms had to wait, by what was done. */
  readonly gaps: Readonly<Record<string, number>>;
}

/** How something ended whose signal was fired. */
export interface AbortReport {
  /** The code of its error, or what was thrown instead of a NovaError, or `none`. */
  readonly code: string;
  /** Milliseconds from the signal to the end. */
  readonly after: number;
}

/** Chains of the cubic circuit on the pasta cycle, with an engine of this page. */
export class Session {
  readonly #library: typeof Library;
  #backend!: Library.Backend;
  #pp!: Library.PublicParams;

  constructor(library: typeof Library) {
    this.#library = library;
  }

  /** Makes an engine; its name, or the code of the error. */
  async open(name: Library.BackendName | 'auto'): Promise<string> {
    try {
      this.#backend = await this.#library.createBackend(name);
      return this.#backend.name;
    } catch (error) {
      return codeOf(error);
    }
  }

  /** What the library finds in this page. */
  features(): Promise<Library.WasmFeatures> {
    return this.#library.detectFeatures();
  }

  /** Makes the parameters; their digest. */
  async setup(options: Library.TaskOptions = {}): Promise<bigint> {
    const { builtinCircuit, PublicParams } = this.#library;
    const circuit = builtinCircuit('cubic');
    this.#pp = await PublicParams.setup(circuit, { ...options, cycle: 'pasta', backend: this.#backend });
    return this.#pp.digest;
  }

  /** Begins to make the parameters and stops, once generators are being made. */
  abortSetup(): Promise<AbortReport> {
    return aborted((signal, abort) => this.setup({ signal, onProgress: onGenerators(abort) }));
  }

  /** Begins to make the parameters and closes the engine, once generators are being made; the code of the setup's error. */
  async closeDuringSetup(): Promise<string> {
    let ended: Promise<string> | undefined;
    await new Promise<void>((resolve) => {
      ended = this.setup({ onProgress: onGenerators(resolve) }).then(() => 'none', codeOf);
      void ended.then(() => resolve());
    });
    await this.close();
    return ended ?? 'none';
  }

  /** Proves, aborting step 2 once, and verifies. */
  async prove(seed: string, z0: readonly bigint[], steps: number): Promise<ChainReport> {
    const { insecureSeededRng, RecursiveSNARK } = this.#library;
    const gaps: Record<string, number> = {};
    const watched = async <T>(what: string, action: () => Promise<T>): Promise<T> => {
      const meter = new GapMeter();
      const result = await action();
      gaps[what] = meter.stop();
      return result;
    };
    const rng = insecureSeededRng(seed);
    const snark = await watched('new', () => RecursiveSNARK.new(this.#pp, z0, { rng }));
    const states = [await snark.encode()];
    let stopped: AbortReport = { code: 'none', after: 0 };
    for (let i = 1; i <= steps; i++) {
      // step 1 only counts what `new` has done
      if (i === 2) {
        stopped = await aborted((signal, abort) => {
          setTimeout(abort, 5);
          return snark.proveStep(undefined, { signal });
        });
      }
      await watched(`step ${i}`, () => snark.proveStep());
      states.push(await watched(`encode ${i}`, () => snark.encode()));
    }
    const outputs = await watched('verify', () => snark.verify(steps, z0));
    snark.close();
    return { states: states.map((bytes) => bytesToHex(sha3_256(bytes))), outputs, aborted: stopped, gaps };
  }

  async close(): Promise<void> {
    await this.#backend.close();
  }
}

/** Does something that is given a signal and what fires it. */
async function aborted(
  action: (signal: AbortSignal, abort: () => void) => Promise<unknown>,
): Promise<AbortReport> {
  const controller = new AbortController();
  let fired = NaN;
  const abort = () => {
    fired = performance.now();
    controller.abort();
  };
  const code = await action(controller.signal, abort).then(() => 'none', codeOf);
  return { code, after: performance.now() - fired };
}

/** Calls `action` once, when the first generators are there. */
function onGenerators(action: () => void): (event: Library.ProgressEvent) => void {
  let called = false;
  return ({ phase }) => {
    if (!called && phase.endsWith('generators')) action();
    called ||= phase.endsWith('generators');
  };
}

function codeOf(error: unknown): string {
  return (error as Partial<Library.NovaError>).code ?? String(error);
}
