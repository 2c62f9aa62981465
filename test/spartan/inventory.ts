import { vi } from 'vitest';
import { KeccakTranscript } from '../../src/hash/transcript.ts';

/** What goes in and out of all transcripts during an operation: `+label:bytes` and `-label`. */
export async function inventory(operation: () => Promise<unknown>): Promise<string[]> {
  const list: string[] = [];
  const absorb = vi.spyOn(KeccakTranscript.prototype, 'absorbBytes');
  const squeeze = vi.spyOn(KeccakTranscript.prototype, 'squeeze');
  try {
    await operation();
    const calls = [
      ...absorb.mock.calls.map(([label, bytes], i) => ({
        order: absorb.mock.invocationCallOrder[i],
        text: `+${label}:${bytes.length}`,
      })),
      ...squeeze.mock.calls.map(([label], i) => ({
        order: squeeze.mock.invocationCallOrder[i],
        text: `-${label}`,
      })),
    ];
    list.push(...calls.sort((a, b) => a.order - b.order).map(({ text }) => text));
  } finally {
    absorb.mockRestore();
    squeeze.mockRestore();
  }
  return list;
}
