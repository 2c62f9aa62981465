import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const library = new URL('../../dist/node.js', import.meta.url).href;

/** What a fresh process prints. */
async function printed(source: string): Promise<{ stdout: string; stderr: string }> {
  const imports = `import { allowRelaxedSimd, detectFeatures } from ${JSON.stringify(library)};`;
  return promisify(execFile)(process.execPath, ['--input-type=module', '--eval', `${imports}${source}`]);
}

it('allows relaxed SIMD where Node holds it back, says what engines will find, and warns of nothing', async () => {
  const { stdout, stderr } = await printed(`
    const found = async () => (await detectFeatures()).relaxedSimd;
    console.log(JSON.stringify([await found(), await allowRelaxedSimd(), await found(), await allowRelaxedSimd()]));
  `);
  const [before, allowed, after, again] = JSON.parse(stdout) as boolean[];
  expect({ after, again }).toEqual({ after: allowed, again: allowed });
  // later versions have it without being asked; whether its multiply-add is fused is up to the machine
  const heldBack = Number(process.versions.node.split('.')[0]) < 22;
  expect(before).toBe(heldBack ? false : allowed);
  expect(stderr).toBe('');
});
