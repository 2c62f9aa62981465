/** Direct proofs: all of both SNARKs and of all three openings, changed in every way. */
import { expect, it } from 'vitest';
import { directSubject } from './direct-subjects.ts';
import { cases, describeTampered, tamper } from './tamper.ts';
import { fieldsOf } from './tree.ts';

for (const [cycle, snark] of [
  ['pasta', 'snark'],
  ['pasta', 'ppsnark'],
  ['bn-ipa', 'snark'],
  ['bn-ipa', 'ppsnark'],
  ['secp', 'snark'],
  ['bn-kzg', 'snark'],
  ['bn-mercury', 'snark'],
] as const) {
  describeTampered(
    `a direct proof on ${cycle} with ${snark}`,
    (backend) => directSubject(backend, cycle, snark),
    (subject) =>
      it('is refused with the error of the field, whatever is changed', () =>
        tamper(subject(), fieldsOf(subject().proof))),
  );
}

it('there were thousands of changes', () => {
  console.log(`${cases} changed direct proofs`);
  expect(cases).toBeGreaterThan(3000);
});
