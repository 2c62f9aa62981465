import { NovaError } from '../../errors.ts';
import type { Backend, BackendOptions, Supervision } from '../backend.ts';
import { createWasmBackend } from '../wasm/open.ts';

/** Steps between two checks: one takes the CPU as long as some steps of its own, and the GPU is to be several times faster. */
const DEFAULT_EVERY = 256;

/** What the engines of one adapter ask of those who use them; all of them share it, and the first one closes it. */
export class DeviceSupervision implements Supervision {
  readonly every: number;
  readonly #options: BackendOptions;
  readonly #reopen: (() => Promise<Backend>) | undefined;
  readonly #fallback: boolean;
  #checker: Promise<Backend> | undefined;
  readonly #opened: Backend[] = [];
  #closed = false;

  /**
   * @param reopen opens the engine once more, on a device of its own; undefined if there is no other device to be had
   * @param fallback whether the CPU takes over where devices fail, as `auto` has it
   * @throws {@link NovaError} `InvalidArgument`
   */
  constructor(options: BackendOptions, reopen: (() => Promise<Backend>) | undefined, fallback: boolean) {
    const every = options.webgpu?.checkEvery ?? DEFAULT_EVERY;
    if (!(every >= 1)) {
      throw new NovaError('InvalidArgument', `checkEvery must be a number of steps from 1, not ${every}`);
    }
    this.every = every;
    this.#options = options;
    this.#reopen = reopen;
    this.#fallback = fallback;
  }

  checker(): Promise<Backend> {
    if (this.#checker === undefined) {
      const made = createWasmBackend(this.#options).then((engine) => this.#keep(engine));
      made.catch(() => (this.#checker = undefined));
      this.#checker = made;
    }
    return this.#checker;
  }

  async successor(cause: unknown, failures: number): Promise<Backend> {
    let why = cause;
    if (failures === 1 && this.#reopen !== undefined) {
      try {
        return await this.#keep(await this.#reopen());
      } catch (error) {
        why = error; // no other device is to be had
      }
    }
    if (!this.#fallback) throw cause;
    this.#options.onNotice?.(`the GPU failed, going on with the engine wasm: ${messageOf(why)}`);
    return this.checker();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#checker?.catch(() => {});
    await Promise.all(this.#opened.map((engine) => engine.close()));
  }

  async #keep(engine: Backend): Promise<Backend> {
    this.#opened.push(engine);
    if (this.#closed) await engine.close();
    return engine;
  }
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
