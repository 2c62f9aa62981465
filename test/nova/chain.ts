/** What the proof tests share: a small circuit of their own, random streams, and a run that others are compared with. */
import { createHash } from 'node:crypto';
import {
  insecureSeededRng,
  RecursiveSNARK,
  type ConstraintSystem,
  type Hint,
  type Num,
  type PrimeField,
  type PrivateInputs,
  type PublicParams,
  type Rng,
  type StepCircuit,
  type Value,
} from '../../src/index.ts';

/** SHA3-256 as lowercase hex: states are compared by it, since they have 1.6 MB. */
export function sha3(bytes: Uint8Array): string {
  return createHash('sha3-256').update(bytes).digest('hex');
}

/** z' = (z + add)^(1/5): a private input, and a hint that a test may replace to make it fail. */
export class RootCircuit implements StepCircuit {
  readonly arity = 1;
  readonly inputs = { add: 1 };
  /** How often it was synthesised. */
  synthesised = 0;
  /** Called instead of the honest hint while it is set. */
  hint: Hint | undefined;

  synthesize(cs: ConstraintSystem, [z]: readonly Num[], { add }: Record<string, readonly Value[]>): Num[] {
    this.synthesised++;
    const sum = cs.add('sum', z, cs.alloc('add', add[0]));
    const [value] = cs.values.hint((x) => (this.hint ?? ((y) => [fifthRoot(cs.field, y)]))(x), [sum], 1);
    const r = cs.alloc('root', value);
    const r4 = cs.square('r4', cs.square('r2', r));
    cs.enforce('r^5 = sum', r4, r, sum);
    return [r];
  }

  /** The same step on BigInts. */
  run(F: PrimeField, z: bigint, add: bigint): bigint {
    return fifthRoot(F, F.add(z, add));
  }
}

/** x^(1/5); 5 must not divide p - 1. */
function fifthRoot(F: PrimeField, x: bigint): bigint {
  const k = [1n, 2n, 3n, 4n].find((c) => (c * (F.p - 1n) + 1n) % 5n === 0n);
  if (k === undefined) throw new Error(`5 divides the order of ${F.name}`);
  return F.pow(x, (k * (F.p - 1n) + 1n) / 5n);
}

/** Bytes of the random stream that one element takes. */
const DRAW_BYTES = 64;

/** Elements that `new` draws, and each step that is not free. The last one of both is for the next step. */
const DRAWS_OF_NEW = 5;
const DRAWS_OF_STEP = 6;

/** The seeded stream without its first `draws` elements. */
export function seededFrom(seed: string, draws: number): Rng {
  const rng = insecureSeededRng(seed);
  rng.bytes(draws * DRAW_BYTES);
  return rng;
}

/** A run without disturbances: its encoding after `new` and after each step, and how to continue from there. */
export class Run {
  readonly pp: PublicParams;
  readonly z0: readonly bigint[];
  readonly seed: string;
  readonly inputs: (step: number) => PrivateInputs | undefined;
  readonly states: Uint8Array[] = [];
  readonly outputs: (readonly bigint[])[] = [];

  constructor(
    pp: PublicParams,
    z0: readonly bigint[],
    seed: string,
    inputs: (step: number) => PrivateInputs | undefined = () => undefined,
  ) {
    this.pp = pp;
    this.z0 = z0;
    this.seed = seed;
    this.inputs = inputs;
  }

  /** A fresh start of the same run. */
  start(rng: Rng = insecureSeededRng(this.seed)): Promise<RecursiveSNARK> {
    return RecursiveSNARK.new(this.pp, this.z0, { rng, inputs: this.inputs(0) });
  }

  /** Proves the step that follows; the first one takes no inputs. */
  async step(snark: RecursiveSNARK): Promise<void> {
    await snark.proveStep(snark.numSteps === 0 ? undefined : this.inputs(snark.numSteps));
  }

  /** Runs it to the end. */
  async record(steps: number): Promise<this> {
    const snark = await this.start();
    const keep = async () => {
      this.states.push(await snark.encode());
      this.outputs.push(snark.outputs);
    };
    await keep();
    for (let i = 0; i < steps; i++) {
      await this.step(snark);
      await keep();
    }
    snark.close();
    return this;
  }

  /**
   * The recorded state after `steps` steps, with the random stream where the run had it. A state does not hold the cross term
   * that the run had computed ahead, so its random element is drawn again.
   */
  resume(steps: number, wrap: (rng: Rng) => Rng = (rng) => rng): Promise<RecursiveSNARK> {
    const drawn = DRAWS_OF_NEW + DRAWS_OF_STEP * Math.max(0, steps - 1);
    return RecursiveSNARK.decode(this.pp, this.states[steps], {
      rng: wrap(seededFrom(this.seed, drawn - 1)),
    });
  }
}
