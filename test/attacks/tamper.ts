/** A test for each kind of proof, of all changes of its fields: what the tests of direct and of folded proofs share. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { NovaError } from '../../src/errors.ts';
import { insecureSeededRng } from '../../src/field/random.ts';
import { testBackend } from '../support/backend.ts';
import { ANSWERS, ENCODING, type Answer, type Manifest } from './manifest.ts';
import { mutationsOf, type Mutation } from './mutations.ts';
import type { Subject } from './subject.ts';
import { fieldsOf, type Field } from './tree.ts';

export type Tampered = Subject & { readonly manifest: Manifest };

const SEED = process.env.NOVA_TEST_SEED ?? String(Date.now());
const rng = insecureSeededRng(SEED);

/** Changed proofs so far, of this file. */
export let cases = 0;

/** What a verifier says about bytes. */
async function answerTo(subject: Subject, bytes: Uint8Array): Promise<string> {
  try {
    return `accepted: ${String(await subject.check(bytes))}`;
  } catch (error) {
    return error instanceof NovaError ? `${error.code}: ${error.message}` : `untyped: ${String(error)}`;
  }
}

/** What it should say. */
function expectedAnswer(manifest: Manifest, field: string, { kind, twin }: Mutation): Answer {
  const { value, length = value } = manifest[field];
  if (kind === 'encoding') return ENCODING;
  if (kind === 'length') return length;
  // of two fields that changed places the one that is looked at first gives the answer
  const rank = (a: Answer) => (ANSWERS.includes(a) ? ANSWERS.indexOf(a) : ANSWERS.length);
  const other = twin === undefined ? value : manifest[twin].value;
  return rank(other) < rank(value) ? other : value;
}

/**
 * Changes these fields in every way; each change must be answered with the error of its field.
 *
 * @param last changes of the last item of each vector only, and only by one
 */
export async function tamper(subject: Tampered, fields: readonly Field[], last = false): Promise<void> {
  const wrong: string[] = [];
  for (const field of fields) {
    const some = (leaves: readonly Field[]) => leaves.slice(-1);
    for (const mutation of mutationsOf(subject, field, fields, rng, last ? some : undefined)) {
      if (last && !/plus|without the last/.test(mutation.name)) continue;
      const { code, message } = expectedAnswer(subject.manifest, field.name, mutation);
      const [, actual, text] = /^([^:]*): ([^]*)$/.exec(await answerTo(subject, mutation.bytes))!;
      if (actual !== code || !message.test(text)) {
        wrong.push(`${field.name}, ${mutation.name}: ${actual}: ${text}, not ${code} ${message}`);
      }
      cases++;
    }
  }
  expect(wrong, `seed ${SEED}`).toEqual([]);
}

/** Opens a kind of proof for the tests that `define` defines. */
export function describeTampered(
  name: string,
  make: (backend: Backend) => Promise<Tampered>,
  define: (subject: () => Tampered) => void,
): void {
  describe(name, () => {
    let backend: Backend;
    let subject: Tampered;
    beforeAll(async () => {
      backend = await testBackend();
      subject = await make(backend);
    });
    afterAll(async () => {
      subject?.close();
      await backend?.close();
    });

    it('is accepted as it is, and has the fields of the manifest', async () => {
      expect(await answerTo(subject, subject.encode(subject.proof))).toMatch(/^accepted/);
      const names = fieldsOf(subject.proof).map((field) => field.name);
      expect(names.sort()).toEqual(Object.keys(subject.manifest).sort());
    });
    define(() => subject);
  });
}
