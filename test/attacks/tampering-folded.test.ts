/** Recursive and compressed proofs: the 25 fields of the one and the 28 around the SNARKs of the other, changed in every way. */
import { expect, it } from 'vitest';
import { OUTER, RECURSIVE } from './manifest.ts';
import { compressedSubject, recursiveSubject } from './open-subjects.ts';
import { cases, describeTampered, tamper } from './tamper.ts';
import { fieldsOf, type Field } from './tree.ts';

const isOuter = ({ name }: Field) => Object.hasOwn(OUTER, name);

for (const cycle of ['pasta', 'bn-ipa']) {
  describeTampered(
    `a recursive proof on ${cycle}`,
    (backend) => recursiveSubject(backend, cycle),
    (subject) =>
      it('is refused with the error of the field, whatever is changed', () => {
        // the number of steps is no element: test/nova/tampering.test.ts changes it
        const fields = fieldsOf(subject().proof).filter(({ name }) => name !== 'i');
        expect(fields).toHaveLength(Object.keys(RECURSIVE).length - 1);
        return tamper(subject(), fields);
      }),
  );

  for (const [snark, count] of [
    ['snark', 52],
    ['ppsnark2', 88],
  ] as const) {
    describeTampered(
      `a compressed proof on ${cycle} with ${snark}`,
      (backend) => compressedSubject(backend, cycle, snark),
      (subject) => {
        const fields = () => fieldsOf(subject().proof);

        it.runIf(snark === 'snark')(
          'is refused with the error of the field, whatever is changed around the SNARKs',
          () => tamper(subject(), fields().filter(isOuter)),
        );

        // in every way it is done on direct proofs, whose verification is shorter
        it('is refused with the error of the field, wherever a SNARK is changed', () => {
          expect(fields()).toHaveLength(count);
          return tamper(
            subject(),
            fields().filter((field) => !isOuter(field)),
            true,
          );
        });
      },
    );
  }
}

it('there were more than a thousand changes', () => {
  console.log(`${cases} changed recursive and compressed proofs`);
  expect(cases).toBeGreaterThan(1000);
  expect(Object.keys(RECURSIVE)).toHaveLength(25);
  expect(Object.keys(OUTER)).toHaveLength(28);
});
