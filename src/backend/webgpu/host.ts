import type { Curve } from '../../curve/curve.ts';
import { FIELD_BYTES } from '../../field/field.ts';
import type { WitnessProgram } from '../../field/program.ts';
import type { BackendOptions, Control } from '../backend.ts';
import { createWasmBackend } from '../wasm/open.ts';
import { hasSimd } from '../wasm/features.ts';
import { Lanes } from '../wasm/codegen/lanes.ts';
import { FieldModules } from '../wasm/field-module.ts';
import { Host, SCRATCH_BYTES } from '../wasm/host.ts';
import { Keys } from '../wasm/keys.ts';
import { Heap } from '../wasm/memory.ts';
import { Pool } from '../wasm/pool.ts';
import { WITNESS, witnessModule, WitnessRunner } from '../wasm/witness.ts';

/** A witness program in memory. */
export interface HostWitness {
  readonly runner: WitnessRunner;
  /** Resolves when the last run is over: the slots are good for one at a time. */
  turn: Promise<unknown>;
}

/** What the engine leaves to the CPU: witnesses, and the points of commitment keys. Parts of the `wasm` engine, on the calling thread. */
export class HostSide {
  readonly #options: BackendOptions;
  readonly #heap: Heap;
  readonly #host: Host;
  readonly #pool: Pool;
  readonly #fields: FieldModules;
  readonly #keys: Keys;

  constructor(options: BackendOptions) {
    this.#options = options;
    const heap = new Heap({ shared: false }); // a queue takes no shared memory
    this.#heap = heap;
    this.#host = new Host(heap.memory, () => ({
      address: heap.allocate(SCRATCH_BYTES, 'scratch memory'),
      bytes: SCRATCH_BYTES,
    }));
    this.#pool = new Pool(this.#host, heap, 0);
    this.#fields = new FieldModules(
      this.#pool,
      { shared: false, lanes: hasSimd() ? undefined : Lanes },
      options.modules,
    );
    this.#keys = new Keys(this.#host, heap, this.#pool, this.#fields, 0);
  }

  /** The points of the key of h and n generators of a label, by all threads. @throws what the `wasm` engine throws */
  async makePoints(curve: Curve, label: Uint8Array, n: number, control: Control): Promise<Uint8Array> {
    const { threads, modules } = this.#options;
    const engine = await createWasmBackend({
      ...(threads !== undefined && { threads }),
      ...(modules && { modules }),
    });
    try {
      return await engine.saveBases(await engine.bases(curve, label, n, control));
    } finally {
      await engine.close();
    }
  }

  /** Checks the points of a key. @throws {@link NovaError} `InvalidCommitmentKey`, `OutOfMemory`, `Aborted` */
  async checkPoints(curve: Curve, points: Uint8Array, control: Control): Promise<void> {
    this.#keys.free(await this.#keys.load(curve, points, control, undefined));
  }

  /** Makes a witness program ready to run. @throws {@link NovaError} `OutOfMemory`, `InvalidArgument` */
  witness(program: WitnessProgram): HostWitness {
    this.#fields.ensure(program.field);
    this.#fields.ensurePart(program.field, WITNESS, witnessModule);
    const runner = new WitnessRunner(this.#host, program, (bytes) =>
      this.#heap.allocate(bytes, 'a witness program'),
    );
    return { runner, turn: Promise.resolve() };
  }

  /**
   * Runs a program, once the run before is over, and hands the bytes of its witness to `take`, which may not keep them.
   *
   * @throws what `WitnessRunner.run` and `take` throw
   */
  async run(
    witness: HostWitness,
    inputs: readonly bigint[],
    pause: () => Promise<void> | undefined,
    signal: AbortSignal | undefined,
    take: (bytes: Uint8Array) => void,
  ): Promise<bigint[]> {
    const { runner } = witness;
    return inTurn(witness, async () => {
      const outputs = await runner.run(inputs, pause, signal);
      const { W, program } = runner;
      take(this.#host.u8.subarray(W, W + FIELD_BYTES * program.variables));
      return outputs;
    });
  }

  /** Runs the head of a program, once the run before is over. @throws what `WitnessRunner.prepare` throws */
  async prepare(
    witness: HostWitness,
    inputs: readonly bigint[],
    pause: () => Promise<void> | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    return inTurn(witness, () => witness.runner.prepare(inputs, pause, signal));
  }

  /** Wipes and frees the memory of a program. */
  free({ runner }: HostWitness): void {
    this.#host.u8.fill(0, runner.address, runner.address + runner.bytes);
    this.#heap.free(runner.address);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** Does something with a program once the run before is over. */
function inTurn<T>(witness: HostWitness, action: () => Promise<T>): Promise<T> {
  const done = witness.turn.then(action);
  witness.turn = done.catch(() => {});
  return done;
}
