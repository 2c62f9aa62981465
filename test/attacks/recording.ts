/** What goes into transcripts and random oracles, and what comes out. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { vi } from 'vitest';
import { PoseidonRO } from '../../src/hash/poseidon.ts';
import { KeccakTranscript } from '../../src/hash/transcript.ts';

/** One call. Transcripts of SNARKs that are verified side by side take turns: here one stands after the other. */
export interface Exchange {
  /** Numbers transcripts and oracles in the order of their first call. */
  readonly on: number;
  readonly with: 'transcript' | 'oracle';
  readonly kind: 'absorb' | 'squeeze';
  readonly label: string;
  /** What was absorbed, or the challenge. */
  readonly value: string;
}

export interface Recording<T> {
  readonly exchanges: readonly Exchange[];
  readonly result: T;
}

/** Runs an operation, and watches. */
export async function record<T>(operation: () => Promise<T>): Promise<Recording<T>> {
  const calls: { order: number; exchange: Omit<Exchange, 'on'>; on: object }[] = [];
  const spies = [
    spy(KeccakTranscript.prototype, 'absorbBytes', ([label, bytes]) => ({
      with: 'transcript',
      kind: 'absorb',
      label: `${label || '-'}, ${bytes.length} bytes`,
      value: bytesToHex(bytes),
    })),
    spy(KeccakTranscript.prototype, 'squeeze', ([label], value) => ({
      with: 'transcript',
      kind: 'squeeze',
      label,
      value: `${value}`,
    })),
    spy(PoseidonRO.prototype, 'absorb', (xs) => ({
      with: 'oracle',
      kind: 'absorb',
      label: `${xs.length} ${xs.length === 1 ? 'element' : 'elements'}`,
      value: xs.join(),
    })),
    spy(PoseidonRO.prototype, 'squeeze', ([bits], value) => ({
      with: 'oracle',
      kind: 'squeeze',
      label: `${bits} bits`,
      value: `${value}`,
    })),
  ];
  try {
    const result = await operation();
    for (const { calls: seen } of spies) calls.push(...seen());
    const numbers = new Map<object, number>();
    const exchanges = calls
      .sort((a, b) => a.order - b.order)
      .map(({ on, exchange }) => {
        numbers.set(on, numbers.get(on) ?? numbers.size + 1);
        return { on: numbers.get(on)!, ...exchange };
      })
      .sort((a, b) => a.on - b.on);
    return { exchanges, result };
  } finally {
    for (const { restore } of spies) restore();
  }
}

/** Runs an operation in which all challenges and hashes are those of a recording, whatever is absorbed. */
export async function frozen<T>({ exchanges }: Recording<unknown>, operation: () => Promise<T>): Promise<T> {
  const answers = (which: Exchange['with']) => {
    const lists = new Map<number, bigint[]>();
    for (const { on, value, ...e } of exchanges) {
      if (e.with !== which || e.kind !== 'squeeze') continue;
      lists.set(on, [...(lists.get(on) ?? []), BigInt(value)]);
    }
    const left = [...lists.values()];
    const listOf = new Map<object, bigint[]>();
    return function (this: object) {
      if (!listOf.has(this)) listOf.set(this, left.shift()!);
      return listOf.get(this)!.shift()!;
    };
  };
  const mocks = [
    vi.spyOn(KeccakTranscript.prototype, 'squeeze').mockImplementation(answers('transcript')),
    vi.spyOn(PoseidonRO.prototype, 'squeeze').mockImplementation(answers('oracle')),
  ];
  try {
    return await operation();
  } finally {
    for (const mock of mocks) mock.mockRestore();
  }
}

/** What was absorbed. */
export function absorbed({ exchanges }: Recording<unknown>, by: Exchange['with']): Exchange[] {
  return exchanges.filter((e) => e.with === by && e.kind === 'absorb');
}

/** Takes out what is another value in the forgery. */
export function dropChanged(
  left: Set<Exchange>,
  honest: Recording<unknown>,
  forged: Recording<unknown>,
  by: Exchange['with'],
): void {
  const others = absorbed(forged, by);
  absorbed(honest, by).forEach((e, i) => {
    if (e.value !== others[i].value) left.delete(e);
  });
}

/** A listing: a line a call, without values. */
export function listing(exchanges: readonly Exchange[]): string {
  const lines: string[] = [];
  let on = 0;
  for (const e of exchanges) {
    if (e.on !== on) lines.push(`${e.with} ${e.on}`);
    on = e.on;
    lines.push(`  ${e.kind === 'absorb' ? '+' : '-'} ${e.label}`);
  }
  return `${lines.join('\n')}\n`;
}

type Method<T, K extends keyof T> = T[K] extends (...args: infer A) => infer R
  ? (args: A, result: R) => Omit<Exchange, 'on'>
  : never;

/** Watches a method of a class. */
function spy<T extends object, K extends keyof T & string>(prototype: T, name: K, describe: Method<T, K>) {
  const mock = vi.spyOn(prototype as never, name as never) as unknown as {
    readonly mock: {
      readonly calls: never[][];
      readonly contexts: object[];
      readonly invocationCallOrder: number[];
      readonly results: { readonly value: unknown }[];
    };
    mockRestore(): void;
  };
  return {
    calls: () =>
      mock.mock.calls.map((args, i) => ({
        order: mock.mock.invocationCallOrder[i],
        on: mock.mock.contexts[i],
        exchange: (describe as (args: unknown, result: unknown) => Omit<Exchange, 'on'>)(
          args,
          mock.mock.results[i].value,
        ),
      })),
    restore: () => mock.mockRestore(),
  };
}
