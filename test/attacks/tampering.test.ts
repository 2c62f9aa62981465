/**
 * Every field of every kind of proof, changed in every way: each change is answered with the error of its field, nothing is
 * accepted, and nothing throws what is no NovaError.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { NovaError } from '../../src/errors.ts';
import { insecureSeededRng, type Rng } from '../../src/field/random.ts';
import { testBackend } from '../support/backend.ts';
import { directSubject } from './direct-subjects.ts';
import { ANSWERS, ENCODING, OUTER, RECURSIVE, type Answer, type Manifest } from './manifest.ts';
import { mutationsOf, type Mutation } from './mutations.ts';
import { compressedSubject, recursiveSubject } from './open-subjects.ts';
import type { Subject } from './subject.ts';
import { fieldsOf, type Field } from './tree.ts';

const SEED = process.env.NOVA_TEST_SEED ?? String(Date.now());

type Tampered = Subject & { readonly manifest: Manifest };

let backend: Backend;
let rng: Rng;
let cases = 0;
beforeAll(async () => {
  backend = await testBackend();
  rng = insecureSeededRng(SEED);
});
afterAll(() => backend?.close());

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

/** Tries all changes of these fields; returns what went wrong. */
async function tamper(
  subject: Tampered,
  fields: readonly Field[],
  changes: (field: Field) => Iterable<Mutation>,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const field of fields) {
    for (const mutation of changes(field)) {
      const { code, message } = expectedAnswer(subject.manifest, field.name, mutation);
      const [, actual, text] = /^([^:]*): ([^]*)$/.exec(await answerTo(subject, mutation.bytes))!;
      if (actual !== code || !message.test(text)) {
        wrong.push(
          `${subject.name}, ${field.name}, ${mutation.name}: ${actual}: ${text}, not ${code} ${message}`,
        );
      }
      cases++;
    }
  }
  return wrong;
}

function describeSubject(
  name: string,
  make: () => Promise<Tampered>,
  work: (of: () => Tampered) => void,
): void {
  describe(name, () => {
    let subject: Tampered;
    beforeAll(async () => {
      subject = await make();
    });
    afterAll(() => subject?.close());

    it('is accepted as it is, and has the fields of the manifest', async () => {
      expect(await answerTo(subject, subject.encode(subject.proof))).toMatch(/^accepted/);
      expect(
        fieldsOf(subject.proof)
          .map((field) => field.name)
          .sort(),
      ).toEqual(Object.keys(subject.manifest).sort());
    });
    work(() => subject);
  });
}

const DIRECT = [
  ...['pasta', 'bn-ipa', 'secp'].flatMap((cycle) =>
    (['snark', 'ppsnark'] as const).map((snark) => ({ cycle, snark })),
  ),
  ...['bn-kzg', 'bn-mercury'].map((cycle) => ({ cycle, snark: 'snark' as const })),
];

for (const { cycle, snark } of DIRECT) {
  describeSubject(
    `a direct proof on ${cycle} with ${snark}`,
    () => directSubject(backend, cycle, snark),
    (of) =>
      it('is refused with the error of the field, whatever is changed', async () => {
        const all = fieldsOf(of().proof);
        const wrong = await tamper(of(), all, (field) => mutationsOf(of(), field, all, rng));
        expect(wrong, `seed ${SEED}`).toEqual([]);
      }),
  );
}

for (const cycle of ['pasta', 'bn-ipa']) {
  describeSubject(
    `a recursive proof on ${cycle}`,
    () => recursiveSubject(backend, cycle),
    (of) =>
      it('is refused with the error of the field, whatever is changed', async () => {
        const all = fieldsOf(of().proof).filter(({ name }) => name !== 'i');
        expect(all).toHaveLength(24);
        const wrong = await tamper(of(), all, (field) => mutationsOf(of(), field, all, rng));
        expect(wrong, `seed ${SEED}`).toEqual([]);
      }),
  );

  for (const snark of ['snark', 'ppsnark2'] as const) {
    describeSubject(
      `a compressed proof on ${cycle} with ${snark}`,
      () => compressedSubject(backend, cycle, snark),
      (of) => {
        const all = () => fieldsOf(of().proof);
        const outer = ({ name }: Field) => Object.hasOwn(OUTER, name);

        // the same with every SNARK
        it.runIf(snark === 'snark')(
          'is refused with the error of the field, whatever is changed outside of the SNARKs',
          async () => {
            const fields = all().filter(outer);
            expect(fields).toHaveLength(28);
            const wrong = await tamper(of(), fields, (field) => mutationsOf(of(), field, fields, rng));
            expect(wrong, `seed ${SEED}`).toEqual([]);
          },
        );

        // in every way it is done on direct proofs, whose verification is shorter
        it('is refused with the error of the field, wherever one of the SNARKs is changed', async () => {
          const fields = all().filter((field) => !outer(field));
          expect(fields).toHaveLength(snark === 'snark' ? 24 : 60);
          const wrong = await tamper(of(), fields, (field) =>
            Array.from(mutationsOf(of(), field, fields, rng, (leaves) => leaves.slice(-1))).filter(
              ({ name }) =>
                /plus|without the last/.test(name) && (field.value === 0n || !/negated/.test(name)),
            ),
          );
          expect(wrong, `seed ${SEED}`).toEqual([]);
        });
      },
    );
  }
}

it('there were more than two thousand changes', () => {
  console.log(`${cases} changed proofs, seed ${SEED}`);
  expect(cases).toBeGreaterThan(3000);
  expect(Object.keys(RECURSIVE)).toHaveLength(25);
  expect(Object.keys(OUTER)).toHaveLength(28);
});
